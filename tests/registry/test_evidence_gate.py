"""What running a version showed decides whether it may be approved and published."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from registry import queries
from registry.lifecycle import VersionStatus
from registry.models import ScriptVersion, VersionEvidence
from registry.services import drafts, publishing, review
from registry.services.approval import NoteRequiredForDoubt
from registry.services.evidence_gate import EvidenceMissing, LooksAhead, evidence_of
from tests.factories import (
    NOON,
    approve,
    as_read,
    make_submitted_version,
    record_evidence,
)


def approve_as_it_is(version: ScriptVersion, reviewer: User, **fields: Any) -> ScriptVersion:
    return review.approve(version, **as_read(version), acting_user=reviewer, now=NOON, **fields)


def publish(version: ScriptVersion, user: User) -> ScriptVersion:
    return publishing.publish_version(version, acting_user=user, now=NOON)


def test_nothing_is_approved_before_it_was_run(ada: User, rita: User) -> None:
    version = make_submitted_version(ada)

    with pytest.raises(EvidenceMissing):
        approve_as_it_is(version, rita)

    version.refresh_from_db()
    assert version.status == VersionStatus.SUBMITTED


def test_why_there_is_no_evidence_yet_is_told(ada: User, rita: User) -> None:
    version = make_submitted_version(ada)
    VersionEvidence.objects.update_or_create(
        version=version, defaults={"requested_at": NOON, "problem": "No worker is proven."}
    )

    with pytest.raises(EvidenceMissing, match=r"No worker is proven\."):
        approve_as_it_is(version, rita)


@pytest.mark.parametrize("change", [{"source": "y = 2\n"}, {"manifest": {"timeframe": "5m"}}])
def test_evidence_of_other_bytes_counts_for_nothing(
    ada: User, rita: User, submitted: ScriptVersion, change: dict[str, Any]
) -> None:
    review.request_changes(submitted, note="Again.", acting_user=rita, now=NOON)
    drafts.edit_draft(submitted.script, **change, acting_user=ada, now=NOON)
    submitted.refresh_from_db()
    review.submit_for_review(submitted, acting_user=ada, now=NOON)

    with pytest.raises(EvidenceMissing):
        approve_as_it_is(submitted, rita)


def test_a_report_that_says_nothing_of_looking_ahead_is_none(
    rita: User, submitted: ScriptVersion
) -> None:
    VersionEvidence.objects.filter(version=submitted).update(report={"trials": []})

    with pytest.raises(EvidenceMissing):
        approve_as_it_is(submitted, rita)


def test_a_version_that_looks_ahead_is_approved_only_with_its_label(
    ada: User, rita: User, submitted: ScriptVersion
) -> None:
    record_evidence(submitted, verdict="looks_ahead")

    with pytest.raises(LooksAhead) as refused:
        approve_as_it_is(submitted, rita, note="Fine with me.")
    assert refused.value.details["first_difference"]["field"] == "value"

    approve_as_it_is(submitted, rita, repaints=True)
    assert publish(submitted, ada).repaints


def test_evidence_that_turns_bad_after_the_approval_stops_the_publication(
    ada: User, approved: ScriptVersion
) -> None:
    record_evidence(approved, verdict="looks_ahead")

    with pytest.raises(LooksAhead):
        publish(approved, ada)

    VersionEvidence.objects.all().delete()
    with pytest.raises(EvidenceMissing):
        publish(approved, ada)
    assert queries.open_version(approved.script) == approved


def test_taking_the_approval_back_takes_the_label_back(
    rita: User, submitted: ScriptVersion
) -> None:
    approve(submitted, rita, repaints=True)

    review.request_changes(submitted, note="It need not.", acting_user=rita, now=NOON)

    assert not submitted.repaints


def test_doubt_takes_a_note(rita: User, submitted: ScriptVersion) -> None:
    record_evidence(submitted, verdict="undecided")

    with pytest.raises(NoteRequiredForDoubt):
        approve_as_it_is(submitted, rita)

    assert approve_as_it_is(submitted, rita, note="It never emits.").status == "approved"


def test_evidence_is_of_a_source_and_a_manifest(submitted: ScriptVersion) -> None:
    assert evidence_of(submitted) is not None

    VersionEvidence.objects.update(manifest_sha256="0" * 64)

    assert evidence_of(submitted) is None


@pytest.mark.django_db(transaction=True)
def test_an_approval_over_the_api_waits_for_evidence_that_is_being_made(
    ada: User, rita: User, settings: Settings
) -> None:
    settings.EVIDENCE_WAIT_SECONDS = 30
    version = make_submitted_version(ada, name="RSI")
    client = APIClient()
    client.force_authenticate(rita)
    worker = threading.Timer(0.5, _make_evidence, [version])
    worker.start()

    reply = client.post(f"/scripts/{version.script_id}/approve", as_read(version), format="json")

    worker.join()
    assert reply.status_code == 200, reply.content


def _make_evidence(version: ScriptVersion) -> None:
    record_evidence(version)
    connection.close()
