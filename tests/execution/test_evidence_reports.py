"""The evidence a review rests on: of exactly what was submitted, made again if a worker dies."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import AuditEvent, User
from common.clock import utc_now
from execution.lookahead import repetition
from execution.models import Trial, TrialPurpose, TrialStatus
from execution.sandbox import supervisor
from execution.sandbox.layers import SandboxUnavailable
from execution.services import evidence, evidence_report
from registry import access
from registry.models import ScriptVersion, VersionEvidence
from registry.services import drafts, review
from registry.services.evidence import (
    EvidenceIsStale,
    queue_evidence,
    record_evidence,
    request_evidence,
    take_evidence,
    wanted_evidence,
)
from registry.services.evidence_gate import evidence_of
from tests import factories
from tests.execution.history import NOW, load_prices

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db]

CLEAN = """
def compute(data, params):
    mean = data["close"].ewm(span=20, adjust=False).mean()
    return pd.DataFrame({"value": mean, "side": np.where(data["close"] > mean, "BUY", "SELL")})
"""
AHEAD = """
def compute(data, params):
    return data["close"].shift(-1) / data["close"] - 1
"""


@pytest.fixture
def prices(db: None) -> None:
    load_prices("AAPL", "IBM", "MSFT", sessions=700)


@pytest.fixture(autouse=True)
def short_experiments(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EVIDENCE_PROOF_SECONDS = 0.05
    settings.EVIDENCE_TRIAL_BARS = 60
    monkeypatch.setattr(repetition, "COSTED_RUNS", 3)


@pytest.fixture
def quick_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for the runs themselves, where it is told who asks for them and when."""

    def report(version: ScriptVersion, *, now: datetime) -> dict[str, Any]:
        verdict = "looks_ahead" if "shift(-1)" in version.source else "clean"
        return {"lookahead": {"verdict": verdict}}

    monkeypatch.setattr(evidence, "make_report", report)


def report_about(version: ScriptVersion) -> dict[str, Any]:
    """Make the evidence about a version as a worker does, and return its report."""
    assert evidence.make_evidence(version.pk), VersionEvidence.objects.get(version=version).problem
    made = evidence_of(version)
    assert made is not None
    report: dict[str, Any] = made.report
    json.dumps(report, allow_nan=False)
    return report


def test_a_clean_version_is_run_on_three_instruments_and_proven(ada: User, prices: None) -> None:
    version = factories.make_submitted_version(ada, source=CLEAN)

    report = report_about(version)

    assert [trial["instrument"] for trial in report["trials"]] == ["AAPL", "IBM", "MSFT"]
    first = report["trials"][0]
    assert (first["bars"], first["outputs"], first["errors"]) == (60, 60, 0)
    assert first["sides"]["BUY"] + first["sides"]["SELL"] == 60
    assert (first["from"] < first["to"], first["to"]) == (True, "2005-12-30T00:00:00+00:00")
    trial = Trial.objects.get(pk=first["trial_id"])
    assert (trial.purpose, trial.status) == (TrialPurpose.EVIDENCE, TrialStatus.COMPLETED)
    assert report["lookahead"]["verdict"] == "clean"
    assert report["lookahead"]["first_difference"] is None
    assert report["lookahead"]["compared_values"] > 1000
    assert report["determinism"]["runs"] == 2
    assert report["determinism"]["same"] is True
    assert report["cost"]["runs"] == 3
    assert report["cost"]["cpu_ms_max"] >= report["cost"]["cpu_ms_mean"] > 0
    assert report["cost"]["calls_mean"] == 1
    assert report["note"] == ""
    startup = report["startup"]
    # 20/21 of the difference is left after every bar: under a thousandth after about seventy.
    assert startup["recommended_min_history"] == 100
    by_length = {one["bars"]: one for one in startup["lengths"]}
    assert by_length[30]["differing"] > 0
    assert by_length[100]["differing"] == 0
    assert by_length[500]["largest_relative_difference"] < 1e-9


def test_a_version_that_looks_ahead_is_caught_with_bar_field_and_both_values(
    ada: User, prices: None
) -> None:
    version = factories.make_submitted_version(ada, source=AHEAD)

    proof = report_about(version)["lookahead"]

    assert proof["verdict"] == "looks_ahead"
    first = proof["first_difference"]
    assert (first["instrument"], first["field"], first["line"]) == ("AAPL", "value", 3)
    assert first["bar"].startswith("200")
    assert isinstance(first["full"], float)
    assert first["changed"] is None
    assert first["how"] == "truncated"


def test_a_script_that_fails_is_reported_and_not_tried_again(ada: User, prices: None) -> None:
    version = factories.make_submitted_version(ada, source="x = 1\nresult = 1 / 0\n")

    report = report_about(version)

    assert report["trials"][0]["first_error"]["line"] == 2
    assert report["trials"][0]["errors"] >= 20
    assert report["lookahead"]["verdict"] == "undecided"
    assert "ZeroDivisionError" in report["lookahead"]["reason"]
    assert not evidence.make_evidence(version.pk)


def test_too_few_instruments_are_told(ada: User) -> None:
    load_prices("IBM", sessions=300)
    version = factories.make_submitted_version(ada, source=CLEAN)

    report = report_about(version)

    assert [trial["instrument"] for trial in report["trials"]] == ["IBM"]
    assert report["note"] == "Only 1 of 3 instruments have enough 1d bars for a test run."
    assert report["lookahead"]["verdict"] == "clean"


def test_bars_of_another_timeframe_stand_in_for_the_proof(ada: User, prices: None) -> None:
    source = """
def compute(data, params):
    hourly = data["close"].resample("1h").last()
    return hourly.reindex(data.index, method="ffill")
"""
    version = factories.make_submitted_version(ada, source=source, manifest={"timeframe": "15m"})

    report = report_about(version)

    assert report["trials"] == []
    assert report["note"] == "No instrument has enough 15m bars for a test run."
    assert report["lookahead"]["verdict"] == "looks_ahead"
    assert report["lookahead"]["first_difference"]["timeframe"] == "15m"


def test_without_prices_nothing_is_decided(ada: User) -> None:
    version = factories.make_submitted_version(ada, source=CLEAN)

    report = report_about(version)

    assert report["lookahead"]["verdict"] == "undecided"
    assert report["lookahead"]["reason"] == "There are no prices to run it on."


def test_what_a_version_depends_on_is_read_in_the_proof(ada: User, rita: User) -> None:
    load_prices("IBM", sessions=300)
    needed = factories.make_published_version(
        ada, rita, source='result = float(get_market_data(bars=5)["close"].mean())\n'
    )
    source = f"""
def compute(data, params):
    newest = get_script_output("{needed.script_id}")["value"]
    return data["close"] - newest
"""
    version = factories.make_submitted_version(
        ada, source=source, manifest={"depends_on": [needed.reference]}
    )

    proof = report_about(version)["lookahead"]

    assert proof["verdict"] == "looks_ahead"


def test_a_dependency_that_is_not_there_leaves_the_proof_undecided(ada: User, prices: None) -> None:
    unknown = "0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10@1.0.0"
    version = factories.make_draft(ada, source=CLEAN, manifest={"depends_on": [unknown]})
    request_evidence(version, acting_user=ada, now=NOW)

    report = report_about(version)

    assert report["lookahead"]["verdict"] == "undecided"
    assert unknown in report["lookahead"]["reason"]
    assert report["trials"][0]["first_error"]["code"] == "no_such_dependency"


def test_required_params_have_the_values_that_the_schema_gives(ada: User) -> None:
    schema = {
        "type": "object",
        "required": ["period", "kind", "name"],
        "properties": {
            "period": {"type": "integer", "minimum": 5, "default": 14},
            "kind": {"enum": ["fast", "slow"]},
            "name": {"type": "string"},
            "least": {"type": "number", "minimum": 2},
        },
    }

    assert evidence_report.example_params(schema) == {"period": 14, "kind": "fast", "name": ""}
    assert evidence_report.example_params({"type": "object"}) == {}


# --- who makes it, and when -----------------------------------------------------------------------


def test_a_submission_asks_for_evidence_and_a_worker_is_sent_it_once(ada: User) -> None:
    version = factories.make_submitted_version(ada)

    assert list(wanted_evidence()) == [version]
    assert evidence.send_wanted_evidence(now=NOW) == 1
    assert evidence.send_wanted_evidence(now=NOW) == 0
    assert evidence.send_wanted_evidence(now=NOW + timedelta(minutes=5)) == 1


def test_two_workers_do_not_make_the_same_evidence(ada: User) -> None:
    version = factories.make_submitted_version(ada)
    until = NOW + timedelta(seconds=30)

    assert take_evidence(version.pk, lease_until=until, now=NOW) == version
    assert take_evidence(version.pk, lease_until=until, now=NOW) is None
    assert queue_evidence(again_before=NOW, limit=3, now=NOW) == []


def test_the_evidence_of_a_dead_worker_is_made_by_another(ada: User) -> None:
    version = factories.make_submitted_version(ada)
    later = NOW + timedelta(minutes=5)
    queue_evidence(again_before=NOW, limit=3, now=NOW)
    take_evidence(version.pk, lease_until=NOW + timedelta(seconds=30), now=NOW)

    assert queue_evidence(again_before=later, limit=3, now=later) == [version.pk]
    again = take_evidence(version.pk, lease_until=later, now=later)

    assert again == version
    assert VersionEvidence.objects.get(version=version).attempts == 2


def test_trouble_of_ours_is_told_and_tried_again_a_few_times(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_prices("IBM", sessions=200)
    version = factories.make_submitted_version(ada, source=CLEAN)

    def refuse() -> None:
        raise SandboxUnavailable("required layers are not proven: seccomp")

    with monkeypatch.context() as patch:
        patch.setattr(supervisor, "process_wide_sandbox", refuse)
        for _ in range(3):
            assert version in wanted_evidence()
            assert not evidence.make_evidence(version.pk)
        assert version not in wanted_evidence()
    kept = VersionEvidence.objects.get(version=version)
    assert kept.problem == "required layers are not proven: seccomp"
    assert not Trial.objects.filter(status=TrialStatus.RUNNING).exists()

    request_evidence(version, acting_user=ada, now=utc_now())

    assert report_about(version)["lookahead"]["verdict"] == "clean"


def test_evidence_about_what_was_edited_meanwhile_is_never_kept(
    ada: User, rita: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = factories.make_submitted_version(ada, source=CLEAN)

    def edit_while_running(taken: ScriptVersion, **_: Any) -> dict[str, Any]:
        review.request_changes(version, note="Look back.", acting_user=rita, now=NOW)
        drafts.edit_draft(version.script, source=AHEAD, acting_user=ada, now=NOW)
        return {"lookahead": {"verdict": "clean"}}

    monkeypatch.setattr(evidence, "make_report", edit_while_running)

    assert not evidence.make_evidence(version.pk)
    version.refresh_from_db()
    assert evidence_of(version) is None
    assert VersionEvidence.objects.get(version=version).report == {}


def test_a_changed_manifest_makes_evidence_stale(ada: User) -> None:
    version = factories.make_draft(ada)
    run = ScriptVersion.objects.get(pk=version.pk)
    drafts.edit_draft(version.script, manifest={"timeframe": "1h"}, acting_user=ada, now=NOW)

    with pytest.raises(EvidenceIsStale):
        record_evidence(run, {}, now=NOW)


def test_a_version_that_comes_back_changed_gets_other_evidence(
    ada: User, rita: User, quick_report: None
) -> None:
    version = factories.make_submitted_version(ada, source=AHEAD)
    assert report_about(version)["lookahead"]["verdict"] == "looks_ahead"
    review.request_changes(version, note="Look back.", acting_user=rita, now=NOW)
    drafts.edit_draft(version.script, source=CLEAN, acting_user=ada, now=NOW)
    version.refresh_from_db()
    review.submit_for_review(version, acting_user=ada, now=utc_now())

    assert report_about(version)["lookahead"]["verdict"] == "clean"


def test_evidence_is_recorded_in_the_audit_trail(ada: User, quick_report: None) -> None:
    version = factories.make_submitted_version(ada, source=CLEAN)
    report_about(version)

    event = AuditEvent.objects.get(event="evidence_recorded")
    assert event.actor is None
    assert event.after["verdict"] == "clean"
    assert event.after["source_sha256"] == version.source_sha256


def test_only_those_who_may_read_the_source_ask_again(
    ada: User, rita: User, sam: User, mallory: User
) -> None:
    version = factories.make_submitted_version(ada)

    for outsider in (sam, mallory):
        with pytest.raises(access.NoSuchScript):
            request_evidence(version, acting_user=outsider, now=NOW)

    assert request_evidence(version, acting_user=rita, now=NOW).requested_at == NOW
    assert AuditEvent.objects.filter(event="evidence_requested", actor=rita).exists()
