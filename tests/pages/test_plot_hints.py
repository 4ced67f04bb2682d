"""How a version is drawn: what its author's plots say of the numbers that are put out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from common.clock import utc_now
from execution.models import Trial, TrialPurpose, TrialStatus
from registry.models import Script
from signalhub.plot_hints import lines_of
from tests.pages.conftest import FIRST_SESSION

pytestmark = pytest.mark.django_db
BARS = [FIRST_SESSION + timedelta(days=day) for day in range(5)]


def plot(name: str, values: Sequence[float | None], **options: Any) -> dict[str, Any]:
    given = {"panel": "price", "style": "line", "color": None, "width": 1.0, **options}
    stamps = [at.isoformat() for at in BARS]
    return {"name": name, "options": given, "timestamps": stamps, "values": [*values]}


def output(at: datetime, value: float, **metadata: Any) -> dict[str, Any]:
    about = {"bar": at.isoformat(), "timestamp": at.isoformat()}
    return {"value": value, "metadata": metadata, **about}


@pytest.fixture
def trial(script: Script, ada: User) -> Trial:
    """Try the script as its author does, with three plots and a level."""
    version = script.current_version
    assert version is not None
    rsi, fast = [30.0, 40.0, 50.0, 60.0, 70.0], [1.0, 2.0, 3.0, 4.0, 5.0]
    return Trial.objects.create(
        version=version,
        purpose=TrialPurpose.AUTHOR,
        source="",
        source_sha256=version.source_sha256,
        manifest={},
        instrument_key="IBM",
        timeframe="1d",
        bars=5,
        requested_by=ada,
        requested_at=utc_now(),
        finished_at=utc_now(),
        status=TrialStatus.COMPLETED,
        outputs=[
            output(at, one, fast=two, side="buy")
            for at, one, two in zip(BARS, rsi, fast, strict=True)
        ],
        plots=[
            plot("RSI", [None, *rsi[1:]], panel="RSI", color="#123456"),
            plot("lower", [30.0] * 5, panel="RSI", style="dotted"),
            plot("fast", fast),
            plot("never put out", [9.0, 8.0, 7.0, 6.0, 5.0]),
        ],
    )


def test_a_plot_is_drawn_from_the_field_that_held_its_values(trial: Trial) -> None:
    drawn = lines_of(trial.version)

    assert [(line["name"], line["field"], line["value"], line["panel"]) for line in drawn] == [
        ("RSI", "value", None, "RSI"),
        ("lower", None, 30.0, "RSI"),
        ("fast", "fast", None, "price"),
    ]
    assert (drawn[0]["colour"], drawn[1]["style"]) == ("#123456", "dotted")


@pytest.mark.parametrize(
    "change",
    [{"source_sha256": "0" * 64}, {"status": TrialStatus.FAILED}, {"plots": []}],
    ids=["of another source", "that failed", "without plots"],
)
def test_a_trial_says_nothing(trial: Trial, change: dict[str, Any]) -> None:
    Trial.objects.filter(pk=trial.pk).update(**change)

    assert lines_of(trial.version) == []
