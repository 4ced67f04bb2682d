"""Hundreds of varied runs down the real spine, each repeated by another process: all the same."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from accounts.models import User
from execution.models import Execution
from execution.services import runs
from execution.services.requests import RunRequest, request_run
from market.bars import NewBar
from market.models import Instrument
from market.services.bars import record_history
from registry.models import ScriptVersion
from streams.publishing import NewOutput, publish_outputs, stream_for
from tests import factories
from tests.execution.conftest import FIRST_SESSION
from tests.execution.replayed_scripts import SCRIPTS, source_of
from tests.flows.processes import Platform

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]

SESSIONS = 700
VARIATIONS = 10
CHANCE = random.Random(4)


@pytest.fixture
def prices(ibm: Instrument, now: datetime) -> None:
    close, bars = 100.0, []
    for day in range(SESSIONS):
        close = round(close * CHANCE.uniform(0.97, 1.031), 2)
        bars.append(
            NewBar(
                instrument_key="IBM",
                timeframe="1d",
                opened_at=FIRST_SESSION + timedelta(days=day),
                open=close,
                high=close * 1.01,
                low=close * 0.99,
                close=close,
                volume=float(CHANCE.randrange(10**6, 10**8)),
            )
        )
    record_history(bars, now=now)


@pytest.fixture
def inner(ada: User, rita: User) -> ScriptVersion:
    """Publish what others depend on, with thirty outputs in its stream."""
    source = 'emit_signal({"value": get_market_data(bars=3)["close"].sum(), "b": [1], "a": None})\n'
    version = factories.make_published_version(ada, rita, source=source)
    outputs: list[NewOutput] = [
        {
            "value": day / 7,
            "timestamp": (FIRST_SESSION + timedelta(days=day)).isoformat(),
            "metadata": {"zeta": day, "alpha": {"b": 1, "a": 2}},
        }
        for day in range(30)
    ]
    with transaction.atomic():
        stream = stream_for(version.script, "IBM", "1d", {})
        publish_outputs(stream, outputs, execution_id=None, bar_opened_at=None)
    return version


@pytest.fixture
def finished(
    ada: User, rita: User, prices: None, inner: ScriptVersion, now: datetime
) -> list[Execution]:
    """Run every script with many params and clocks; some alone, most in company."""
    foreign = factories.make_published_version(ada, rita)
    asked: list[Execution] = []
    for name in SCRIPTS:
        source = source_of(name, inner=str(inner.script_id), foreign=str(foreign.script_id))
        needs = [f"{inner.script_id}@{inner.version}"] if name in ("upstream", "history") else []
        version = factories.make_published_version(
            ada, rita, name=name, source=source, manifest={"depends_on": needs}
        )
        for number in range(VARIATIONS):
            params = {"period": 2 + CHANCE.randrange(30), "bars": 60 + 40 * number}
            clock = FIRST_SESSION + timedelta(days=CHANCE.randrange(550, SESSIONS))
            request = RunRequest(instrument_key="IBM", params=params, as_of=clock)
            asked.append(request_run(version.script, request, acting_user=ada, now=now))
    alone, together = asked[::VARIATIONS], [str(one.pk) for one in asked]
    for one in alone:
        runs.run_execution(str(one.pk))
    runs.run_executions(together)
    return list(Execution.objects.select_related("version__script").order_by("pk"))


def repeated_by_another_process(
    executions: list[Execution], directory: Path, *options: str
) -> tuple[int, list[dict[str, Any]]]:
    ids = [execution.pk.hex for execution in executions]
    done = subprocess.run(
        [sys.executable, "manage.py", "replay", "--json", *options, *ids],
        cwd=settings.BASE_DIR,
        env={**os.environ, **Platform(directory).environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_hundreds_of_varied_runs_are_repeated_to_the_last_digit(
    finished: list[Execution], tmp_path: Path
) -> None:
    code, reports = repeated_by_another_process(finished, tmp_path)

    named = {one.execution_id: one.version.script.name for one in finished}
    different = [(named[r["execution_id"]], r) for r in reports if r["verdict"] != "identical"]
    assert different == []
    assert code == 0
    assert len(reports) == len(finished) >= 200
    assert {one.outcome for one in finished} >= {"ok", "error", "rejected", "output_limit"}
    assert not any(report["notes"] for report in reports)
