"""What a new script starts from runs as it is, and does not look ahead."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import User
from execution import tasks
from execution.models import Trial, TrialStatus
from execution.services import trials
from execution.services.evidence import screen_waiting_versions
from registry import readiness
from registry.admin.new_script import EMPTY_SOURCE
from registry.models import ScriptVersion
from registry.readiness import State
from registry.services.screening import request_screening
from registry.starters.catalogue import FOLDER, STARTERS, Starter
from tests.execution.history import NOW, load_prices
from tests.factories import make_draft

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db]
SIDES = {"buy", "sell", "BUY", "SELL"}


def tried(draft: ScriptVersion) -> Trial:
    """Run a draft over a year of real prices."""
    load_prices("IBM", sessions=400)
    trial = trials.request_trial(
        draft, instrument_key="IBM", bars=250, acting_user=draft.author, now=NOW
    )
    tasks.run_trial(str(trial.pk))
    trial.refresh_from_db()
    return trial


def begun(author: User, starter: Starter) -> ScriptVersion:
    return make_draft(
        author,
        source=starter.source,
        manifest=starter.manifest,
        description=starter.description,
        release_note="First version.",
    )


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.slug)
def test_a_starter_signals_on_real_prices_and_lacks_nothing(ada: User, starter: Starter) -> None:
    draft = begun(ada, starter)
    request_screening(draft, acting_user=ada, now=NOW)

    trial = tried(draft)
    screen_waiting_versions(now=NOW)

    assert (trial.status, trial.error) == (TrialStatus.COMPLETED, None)
    said = {str(output["value"]) for output in trial.outputs}
    said |= {str(output["metadata"].get("side")) for output in trial.outputs}
    assert len(said & SIDES) == 2
    draft.refresh_from_db()
    points = readiness.points_of(draft, at=NOW)
    assert {point.state for point in points} == {State.DONE}


def test_the_empty_script_runs(ada: User) -> None:
    trial = tried(make_draft(ada, source=EMPTY_SOURCE))

    assert (trial.status, len(trial.outputs)) == (TrialStatus.COMPLETED, 250)


def test_no_starter_looks_ahead() -> None:
    printed = StringIO()

    call_command("check_lookahead", str(FOLDER), instrument="IBM", seconds=0.3, stdout=printed)

    said = [json.loads(line) for line in printed.getvalue().splitlines()]
    assert [line["looks_ahead"] for line in said] == [False] * len(STARTERS)


def test_every_starter_has_the_defaults_that_its_source_falls_back_on() -> None:
    for starter in STARTERS:
        for name, rule in starter.params.items():
            assert f'params.get("{name}", {rule["default"]})' in starter.source
