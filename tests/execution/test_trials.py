"""A version's snapshot run over history, for its author or for its review."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from accounts.models import AuditEvent, User
from execution import tasks
from execution.models import Alert, Trial, TrialStatus
from execution.sandbox import supervisor
from execution.services import recovery, trial_leases, trial_runs, trials
from execution.services.requests import ParamsNotStorable
from execution.services.trial_findings import FAULTS_MAXIMUM
from gateway.reads import InvalidRead
from registry import access
from registry.models import ScriptVersion
from registry.queries import VersionSuspended
from registry.services import drafts
from registry.services.dependencies import NoSuchDependency
from tests import factories
from tests.execution.history import NOW, load_prices
from tests.execution.test_violations import ATTACK, EndsAs, result

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db]

NEWEST = 'result = float(get_market_data(bars=5)["close"].iloc[-1])\n'
COMPUTE = """
def compute(data, params):
    mean = data["close"].rolling(params.get("period", 5)).mean()
    plot(mean, "mean")
    return pd.DataFrame({"value": mean, "above": data["close"] > mean})
"""
STRATEGY = """
def strategy(data):
    return "BUY" if data["close"].iloc[-1] > data["close"].iloc[-5:].mean() else "SELL"
"""
SCAN = """
close = data["close"]
rising = close > close.shift(1)
for when in data.index[rising][-30:]:
    signal("BUY", when, float(close.loc[when]), "up")
plot(close.rolling(3).mean(), "mean")
"""


@pytest.fixture(autouse=True)
def prices(db: None) -> None:
    load_prices("IBM", sessions=80)


def trial_of(owner: User, source: str, **asked: Any) -> Trial:
    """Ask for a trial of a fresh draft, and run it as a worker would."""
    manifest = asked.pop("manifest", None)
    draft = factories.make_draft(owner, source=source, manifest=manifest)
    given = {"instrument_key": "IBM", "bars": 60, "now": NOW, **asked}
    trial = trials.request_trial(draft, acting_user=owner, **given)
    tasks.run_trial(str(trial.pk))
    trial.refresh_from_db()
    return trial


def test_a_script_of_one_output_runs_once_on_every_bar_as_of_its_close(ada: User) -> None:
    trial = trial_of(ada, NEWEST)

    assert trial.status == TrialStatus.COMPLETED
    assert len(trial.outputs) == trial.bars_done == 60
    assert trial.outputs[-1] == {
        "bar": "2005-12-30T00:00:00+00:00",
        "timestamp": "2005-12-31T00:00:00+00:00",
        "value": 82.2,
        "metadata": {},
    }
    assert len({output["timestamp"] for output in trial.outputs}) == 60
    assert trial.usage["runs"] == 61
    assert trial.usage["cpu_ms"] > 0
    assert trial.usage["calls"] == 61


def test_a_computed_table_is_an_output_for_every_bar_with_history_before_the_first(
    ada: User,
) -> None:
    trial = trial_of(ada, COMPUTE, params={"period": 10})

    assert trial.status == TrialStatus.COMPLETED
    assert [output["bar"] for output in trial.outputs][-1] == "2005-12-30T00:00:00+00:00"
    assert len(trial.outputs) == 60
    assert trial.outputs[0]["value"] is not None
    assert trial.outputs[0]["metadata"]["above"] in (True, False)
    assert trial.usage["runs"] == 1
    [plot] = trial.plots
    assert plot["name"] == "mean"
    assert len(plot["values"]) == 80


def test_a_strategy_puts_out_its_changes_of_mind(ada: User) -> None:
    trial = trial_of(ada, STRATEGY, bars=30)

    assert trial.status == TrialStatus.COMPLETED
    words = [output["value"] for output in trial.outputs]
    assert set(words) == {"BUY", "SELL"}
    assert all(one != two for one, two in itertools.pairwise(words))
    bars = [output["bar"] for output in trial.outputs]
    assert bars == sorted(bars)
    assert bars[0] >= "2005-11-17"


def test_signals_that_a_script_stamps_itself_belong_to_the_bars_they_name(ada: User) -> None:
    trial = trial_of(ada, SCAN, bars=70)

    assert trial.status == TrialStatus.COMPLETED
    assert len(trial.outputs) == 30
    assert trial.usage["runs"] == 1
    assert all(output["bar"] == output["timestamp"] for output in trial.outputs)
    assert [plot["name"] for plot in trial.plots] == ["mean"]


def test_the_log_says_on_which_bar_a_line_was_written(ada: User) -> None:
    trial = trial_of(ada, 'log("looked")\nresult = 1\n', bars=3)

    assert trial.log == ["2005-12-28: looked", "2005-12-29: looked", "2005-12-30: looked"]


def test_a_script_that_fails_says_its_line_and_gives_up_after_some_bars(ada: User) -> None:
    trial = trial_of(ada, "x = 1\nresult = x / 0\n")

    assert trial.status == TrialStatus.FAILED
    assert trial.error is not None
    assert trial.error["line"] == 2
    assert trial.error["code"] == "script_raised"
    assert "ZeroDivisionError" in trial.error["message"]
    assert trial.usage["errors"] >= FAULTS_MAXIMUM
    assert trial.usage["runs"] < 60


def test_bars_on_which_the_script_works_are_kept_beside_the_one_on_which_it_fails(
    ada: User,
) -> None:
    source = """
day = get_timestamp()[:10]
if day == "2005-12-29":
    raise ValueError("no")
result = day
"""
    trial = trial_of(ada, source, bars=10)

    assert trial.status == TrialStatus.FAILED
    assert trial.usage["errors"] == 1
    assert trial.error is not None
    assert trial.error["line"] == 4
    assert len(trial.outputs) == 9


def test_a_script_that_cannot_be_read_is_told_its_line_at_once(ada: User) -> None:
    trial = trial_of(ada, "x = (\n")

    assert trial.status == TrialStatus.FAILED
    assert trial.error is not None
    assert (trial.error["code"], trial.error["line"]) == ("script_rejected", 1)
    assert trial.usage["runs"] == 1


def test_an_output_that_breaks_the_schema_is_an_error_of_the_trial(ada: User) -> None:
    schema = {"type": "object", "properties": {"value": {"type": "string"}}}
    trial = trial_of(ada, NEWEST, manifest={"output_schema": schema}, bars=5)

    assert trial.error is not None
    assert trial.error["code"] == "output_rejected"
    assert trial.outputs == []


def test_a_trial_runs_what_was_written_when_it_was_asked_for(ada: User) -> None:
    draft = factories.make_draft(ada, source="result = 1\n")
    trial = trials.request_trial(draft, instrument_key="IBM", bars=2, acting_user=ada, now=NOW)
    drafts.edit_draft(draft.script, source="result = 2\n", acting_user=ada, now=NOW)

    tasks.run_trial(str(trial.pk))

    trial.refresh_from_db()
    assert [output["value"] for output in trial.outputs] == [1, 1]


def test_asking_for_a_trial_is_audited(ada: User) -> None:
    trial = trial_of(ada, NEWEST, bars=2)

    event = AuditEvent.objects.get(event="trial_requested")
    assert event.actor == ada
    assert event.after["trial"] == str(trial.pk)


def test_only_the_author_and_overseers_may_try_a_draft(
    ada: User, rita: User, sam: User, mallory: User
) -> None:
    draft = factories.make_draft(ada)
    asked: dict[str, Any] = {"instrument_key": "IBM", "bars": 2, "now": NOW}

    with pytest.raises(trials.TrialNotAllowed):
        trials.request_trial(draft, acting_user=sam, **asked)
    with pytest.raises(access.NoSuchScript):
        trials.request_trial(draft, acting_user=mallory, **asked)
    trial = trials.request_trial(draft, acting_user=rita, **asked)

    assert trial.requested_by == rita
    assert trials.trial_of(trial.pk, user=ada) == trial
    for outsider in (sam, mallory):
        with pytest.raises(trials.NoSuchTrial):
            trials.trial_of(trial.pk, user=outsider)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"instrument_key": "NOPE"}, InvalidRead),
        ({"timeframe": "7x"}, InvalidRead),
        ({"bars": 0}, trials.TrialBarsOutOfBounds),
        ({"bars": 1001}, trials.TrialBarsOutOfBounds),
        ({"params": {"a": float("nan")}}, ParamsNotStorable),
    ],
)
def test_a_bad_request_starts_nothing(
    ada: User, asked: dict[str, Any], error: type[Exception]
) -> None:
    draft = factories.make_draft(ada)

    with pytest.raises(error):
        trials.request_trial(
            draft, acting_user=ada, now=NOW, **{"instrument_key": "IBM", "bars": 2, **asked}
        )

    assert not Trial.objects.exists()


def test_one_user_has_few_unfinished_trials(ada: User) -> None:
    draft = factories.make_draft(ada)
    asked: dict[str, Any] = {"instrument_key": "IBM", "bars": 2, "acting_user": ada, "now": NOW}
    waiting = [trials.request_trial(draft, **asked) for _ in range(3)]

    with pytest.raises(trials.TooManyTrials):
        trials.request_trial(draft, **asked)
    trials.cancel_trial(waiting[0], acting_user=ada, now=NOW)

    assert trials.request_trial(draft, **asked).status == TrialStatus.PENDING


def test_a_cancelled_trial_is_not_run(ada: User) -> None:
    draft = factories.make_draft(ada)
    trial = trials.request_trial(draft, instrument_key="IBM", bars=2, acting_user=ada, now=NOW)

    trials.cancel_trial(trial, acting_user=ada, now=NOW)

    assert trial_runs.run_trial(str(trial.pk)) is None
    with pytest.raises(trials.TrialIsOver):
        trials.cancel_trial(trial, acting_user=ada, now=NOW)


def test_a_trial_that_is_cancelled_while_it_runs_stays_cancelled(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = factories.make_draft(ada, source=NEWEST)
    trial = trials.request_trial(draft, instrument_key="IBM", bars=60, acting_user=ada, now=NOW)
    seen: list[int] = []
    is_held = trial_leases.is_held

    def cancel_after_the_first_bars(trial: Trial, *, bars_done: int, **given: Any) -> bool:
        seen.append(bars_done)
        if bars_done:
            trials.cancel_trial(Trial.objects.get(pk=trial.pk), acting_user=ada, now=NOW)
        return is_held(trial, bars_done=bars_done, **given)

    monkeypatch.setattr(trial_leases, "is_held", cancel_after_the_first_bars)
    tasks.run_trial(str(trial.pk))

    trial.refresh_from_db()
    assert seen == [0, 25]
    assert trial.status == TrialStatus.CANCELLED
    assert trial.outputs == []


def test_the_trial_of_a_dead_worker_is_taken_again(ada: User) -> None:
    draft = factories.make_draft(ada, source=NEWEST)
    trial = trials.request_trial(draft, instrument_key="IBM", bars=2, acting_user=ada, now=NOW)
    dead = trial_leases.claim_trial(trial.pk, now=NOW)
    assert dead is not None
    later = NOW + timedelta(minutes=5)

    recovery.recover(now=later)
    tasks.run_trial(str(trial.pk))

    trial.refresh_from_db()
    assert (trial.status, trial.attempts) == (TrialStatus.COMPLETED, 2)
    assert trial.error is None
    assert not trial_leases.finish_trial(dead, status=TrialStatus.FAILED, now=later, outputs=[])
    trial.refresh_from_db()
    assert trial.status == TrialStatus.COMPLETED


def test_a_trial_whose_workers_keep_dying_ends(ada: User) -> None:
    draft = factories.make_draft(ada)
    trial = trials.request_trial(draft, instrument_key="IBM", bars=2, acting_user=ada, now=NOW)
    later = NOW

    for _ in range(settings.EXECUTION_MAX_ATTEMPTS):
        assert trial_leases.claim_trial(trial.pk, now=later) is not None
        later += timedelta(minutes=5)
        recovery.recover(now=later)

    trial.refresh_from_db()
    assert trial.status == TrialStatus.FAILED
    assert trial.error is not None
    assert trial.error["code"] == "worker_lost"


def test_an_attack_in_a_trial_suspends_the_version(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    attacked = EndsAs(result("violation", ATTACK))
    monkeypatch.setattr(supervisor, "process_wide_sandbox", lambda: attacked)

    trial = trial_of(ada, NEWEST)

    assert trial.status == TrialStatus.FAILED
    assert trial.error is not None
    assert trial.error["code"] == "script_violation"
    assert trial.version.is_suspended
    assert str(trial.pk) in trial.version.suspension_reason
    assert Alert.objects.get().version == trial.version


def test_a_suspended_version_is_not_tried(ada: User) -> None:
    draft = factories.make_draft(ada)
    ScriptVersion.objects.filter(pk=draft.pk).update(suspended_at=NOW, suspension_reason="x")
    draft.refresh_from_db()

    with pytest.raises(VersionSuspended):
        trials.request_trial(draft, instrument_key="IBM", bars=2, acting_user=ada, now=NOW)


def test_a_dependency_is_run_for_every_bar_and_read_on_it(ada: User, rita: User) -> None:
    needed = factories.make_published_version(ada, rita, source=NEWEST)
    source = (
        f'before = get_script_output("{needed.script_id}")\n'
        'own = float(get_market_data(bars=5)["close"].iloc[-1])\n'
        'result = {"value": own - before["value"], "at": before["timestamp"]}\n'
    )

    trial = trial_of(ada, source, manifest={"depends_on": [needed.reference]}, bars=5)

    assert trial.status == TrialStatus.COMPLETED, trial.error
    assert [output["value"] for output in trial.outputs] == [0.0] * 5
    assert trial.outputs[0]["metadata"]["at"] == trial.outputs[0]["timestamp"]


def test_a_dependency_that_the_reader_may_not_use_is_an_explicit_error(
    ada: User, rita: User
) -> None:
    unknown = "0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10@1.0.0"
    trial = trial_of(ada, NEWEST, manifest={"depends_on": [unknown]}, bars=2)

    assert trial.status == TrialStatus.FAILED
    assert trial.error is not None
    assert trial.error["code"] == NoSuchDependency.code

    needed = factories.make_published_version(ada, rita, source=NEWEST)
    draft = factories.make_draft(ada, manifest={"depends_on": [needed.reference]})
    reviewed = trials.request_trial(draft, instrument_key="IBM", bars=2, acting_user=rita, now=NOW)
    tasks.run_trial(str(reviewed.pk))
    reviewed.refresh_from_db()
    assert reviewed.error is not None
    assert reviewed.error["code"] == access.DependencyNotAccessible.code
