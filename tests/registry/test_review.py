"""Submitting and judging."""

from __future__ import annotations

import pytest

from accounts.models import AuditEvent, Membership, Role, User
from accounts.principals import RoleRequired
from registry import access
from registry.lifecycle import NotSubmittable, NotUnderReview, VersionStatus
from registry.models import ScriptVersion, Verdict
from registry.services import drafts, review
from registry.texts import InvalidText
from tests.factories import NOON, approve, as_read, make_draft


def test_submitting_fixes_the_version_and_records_who_and_when(
    ada: User, draft: ScriptVersion
) -> None:
    review.submit_for_review(draft, acting_user=ada, now=NOON)

    assert draft.status == VersionStatus.SUBMITTED
    assert draft.submitted_at == NOON
    assert draft.release_note == "First version."
    event = AuditEvent.objects.get(event="version_submitted")
    assert (event.actor, event.before["status"], event.after["status"]) == (
        ada,
        "draft",
        "submitted",
    )


def test_the_first_version_needs_a_release_note(ada: User) -> None:
    draft = make_draft(ada, release_note="")

    with pytest.raises(review.ReleaseNoteRequired):
        review.submit_for_review(draft, acting_user=ada, now=NOON)

    review.submit_for_review(draft, release_note="What it does.", acting_user=ada, now=NOON)
    assert draft.release_note == "What it does."


def test_later_versions_need_a_release_note(ada: User, published: ScriptVersion) -> None:
    draft = drafts.edit_draft(published.script, source="y = 2\n", acting_user=ada, now=NOON)

    with pytest.raises(review.ReleaseNoteRequired) as refused:
        review.submit_for_review(draft, release_note=" ", acting_user=ada, now=NOON)

    assert refused.value.details["field"] == "release_note"
    draft.refresh_from_db()
    assert draft.status == VersionStatus.DRAFT


def test_only_the_author_submits(draft: ScriptVersion, rita: User) -> None:
    with pytest.raises(drafts.NotTheAuthor):
        review.submit_for_review(draft, acting_user=rita, now=NOON)


def test_a_version_is_submitted_once(ada: User, submitted: ScriptVersion) -> None:
    with pytest.raises(NotSubmittable):
        review.submit_for_review(submitted, acting_user=ada, now=NOON)


def test_a_reviewer_approves_exactly_the_bytes_they_read(
    rita: User, submitted: ScriptVersion
) -> None:
    review.approve(
        submitted,
        **as_read(submitted),
        note="Good.",
        acting_user=rita,
        now=NOON,
    )

    assert submitted.status == VersionStatus.APPROVED
    assert submitted.approved_by == rita
    assert submitted.approved_sha256 == submitted.source_sha256
    verdict = submitted.reviews.get()
    assert (verdict.reviewer, verdict.verdict, verdict.note) == (rita, Verdict.APPROVE, "Good.")
    assert AuditEvent.objects.get(event="version_approved").reason == "Good."


def test_an_author_cannot_approve_their_own_version(ada: User, submitted: ScriptVersion) -> None:
    Membership.objects.create(user=ada, tenant=submitted.script.tenant, role=Role.ADMIN)

    with pytest.raises(review.ReviewerIsAuthor):
        approve(submitted, ada)

    submitted.refresh_from_db()
    assert submitted.status == VersionStatus.SUBMITTED


@pytest.mark.parametrize("name", ["sam", "olga"])
def test_only_reviewers_approve(
    name: str, request: pytest.FixtureRequest, submitted: ScriptVersion
) -> None:
    with pytest.raises(RoleRequired):
        approve(submitted, request.getfixturevalue(name))


def test_a_reviewer_of_another_tenant_does_not_know_the_version(
    mallory: User, submitted: ScriptVersion
) -> None:
    with pytest.raises(access.NoSuchScript):
        approve(submitted, mallory)


def test_being_a_reviewer_elsewhere_gives_no_right_here(
    mallory: User, submitted: ScriptVersion
) -> None:
    Membership.objects.create(user=mallory, tenant=submitted.script.tenant, role=Role.SUBSCRIBER)

    with pytest.raises(RoleRequired):
        approve(submitted, mallory)

    Membership.objects.filter(user=mallory, role=Role.SUBSCRIBER).delete()
    Membership.objects.create(user=mallory, tenant=submitted.script.tenant, role=Role.REVIEWER)
    assert approve(submitted, mallory).status == VersionStatus.APPROVED


def test_an_approval_of_other_bytes_is_refused(rita: User, submitted: ScriptVersion) -> None:
    with pytest.raises(review.SourceChanged):
        approve(submitted, rita, reviewed_sha256="0" * 64)

    submitted.refresh_from_db()
    assert submitted.status == VersionStatus.SUBMITTED


def test_an_approval_of_another_manifest_is_refused(
    ada: User, rita: User, submitted: ScriptVersion
) -> None:
    read = (submitted.source_sha256, submitted.manifest_sha256)
    review.request_changes(submitted, note="Shorter bars.", acting_user=rita, now=NOON)
    drafts.edit_draft(submitted.script, manifest={"timeframe": "5m"}, acting_user=ada, now=NOON)
    submitted.refresh_from_db()
    review.submit_for_review(submitted, acting_user=ada, now=NOON)

    with pytest.raises(review.SourceChanged):
        review.approve(
            submitted,
            reviewed_sha256=read[0],
            reviewed_manifest_sha256=read[1],
            acting_user=rita,
            now=NOON,
        )


def test_a_draft_cannot_be_approved(rita: User, draft: ScriptVersion) -> None:
    with pytest.raises(NotUnderReview):
        approve(draft, rita)


def test_requested_changes_give_the_version_back_with_a_note(
    ada: User, rita: User, submitted: ScriptVersion
) -> None:
    review.request_changes(submitted, note="Name the period.", acting_user=rita, now=NOON)

    assert submitted.status == VersionStatus.CHANGES_REQUESTED
    edited = drafts.edit_draft(submitted.script, source="z = 3\n", acting_user=ada, now=NOON)
    assert edited.pk == submitted.pk
    assert submitted.reviews.get().note == "Name the period."


def test_requesting_changes_needs_a_note(rita: User, submitted: ScriptVersion) -> None:
    with pytest.raises(InvalidText) as refused:
        review.request_changes(submitted, note=" ", acting_user=rita, now=NOON)

    assert refused.value.details["field"] == "note"


def test_taking_an_approval_back_clears_it(rita: User, approved: ScriptVersion) -> None:
    review.request_changes(approved, note="Wait.", acting_user=rita, now=NOON)

    assert approved.approved_by is None
    assert approved.approved_sha256 == ""
