"""Submit a version, and judge it: by somebody else, on exactly the bytes they read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models import Role, User
from common.errors import Conflict, Forbidden, InvalidInput
from registry import access, lifecycle
from registry.lifecycle import Step
from registry.models import Review, ScriptVersion, Verdict
from registry.models.scripts import NOTE_MAX_LENGTH
from registry.readiness import require_ready
from registry.services.approval import require_approvable
from registry.services.drafts import require_author
from registry.services.evidence import want_evidence
from registry.services.evidence_gate import evidence_of
from registry.services.transitions import take_step
from registry.texts import clean_text


class ReleaseNoteRequired(InvalidInput):
    """Say in the release note what this version does, or what changed since the last one."""

    code = "release_note_required"


class ReviewerIsAuthor(Forbidden):
    """Somebody else must review this: nobody approves their own version."""

    code = "reviewer_is_author"


class SourceChanged(Conflict):
    """The version is not the one you read any more; read it again before you decide."""

    code = "source_changed"


@transaction.atomic
def submit_for_review(
    version: ScriptVersion, *, release_note: str | None = None, acting_user: User, now: datetime
) -> ScriptVersion:
    """Hand a draft over to the reviewers; from here on its content is fixed.

    Raises
    ------
    NotSubmittable
        It is not a draft and no changes were requested.
    ReleaseNoteRequired
        It does not say what it does, or what changed.
    NotReadyForReview
        Something else is missing; ``errors`` lists it all.
    """
    require_author(version.script, acting_user)
    lifecycle.require_step(Step.SUBMIT, name=str(version), status=version.status)
    note = _release_note(version, release_note)
    require_ready(version, at=now, apart_from=("release_note",))
    take_step(
        version,
        Step.SUBMIT,
        acting_user=acting_user,
        now=now,
        reason=note,
        release_note=note,
        submitted_at=now,
    )
    if evidence_of(version) is None:
        want_evidence(version, now=now)
    return version


@transaction.atomic
def approve(
    version: ScriptVersion,
    *,
    reviewed_sha256: str,
    reviewed_manifest_sha256: str,
    note: str = "",
    checklist: Collection[str] | None = None,
    repaints: bool = False,
    acting_user: User,
    now: datetime,
) -> ScriptVersion:
    """Approve a submitted version, naming the hashes of the source and the manifest that were read.

    A version that looks ahead is approved with the label ``repaints``: whoever sees the version
    then sees that its past values may change. Who was shown a checklist hands in what was ticked.

    Raises
    ------
    RoleRequired, ReviewerIsAuthor, NoSuchScript
        The acting user may not review this version.
    SourceChanged
        The version has other bytes than those that were read.
    NotUnderReview
        It is not submitted, or somebody else was quicker.
    EvidenceMissing, LooksAhead, ChecklistIncomplete
        What an approval rests on is not there.
    NoteRequiredForFindings, NoteRequiredForDoubt
        Its screening found something at the level danger or above, or the proof is undecided,
        and there is no note.
    """
    require_reviewer(version, acting_user)
    note = clean_text(note, field="note", max_length=NOTE_MAX_LENGTH)
    version.refresh_from_db(from_queryset=ScriptVersion.objects.select_for_update())
    lifecycle.require_step(Step.APPROVE, name=str(version), status=version.status)
    _require_as_read(version, reviewed_sha256, reviewed_manifest_sha256)
    ticked = require_approvable(version, ticked=checklist, repaints=repaints, note=note)
    # The database lets a version be approved only once its reviewer's verdict on it is there.
    _keep(version, Verdict.APPROVE, note, checklist=ticked, acting_user=acting_user, now=now)
    take_step(
        version,
        Step.APPROVE,
        acting_user=acting_user,
        now=now,
        reason=note,
        approved_by=acting_user,
        approved_at=now,
        approved_sha256=reviewed_sha256,
        approved_manifest_sha256=reviewed_manifest_sha256,
        repaints=repaints,
    )
    return version


@transaction.atomic
def request_changes(
    version: ScriptVersion, *, note: str, acting_user: User, now: datetime
) -> ScriptVersion:
    """Give a version back to its author, saying why; an approval is taken back with it.

    Raises
    ------
    RoleRequired, ReviewerIsAuthor, NoSuchScript
        The acting user may not review this version.
    InvalidText
        There is no note.
    NotUnderReview
        It is neither submitted nor approved.
    """
    require_reviewer(version, acting_user)
    note = clean_text(note, field="note", max_length=NOTE_MAX_LENGTH, required=True)
    take_step(
        version,
        Step.REQUEST_CHANGES,
        acting_user=acting_user,
        now=now,
        reason=note,
        approved_by=None,
        approved_at=None,
        approved_sha256="",
        approved_manifest_sha256="",
        repaints=False,
    )
    _keep(version, Verdict.REQUEST_CHANGES, note, acting_user=acting_user, now=now)
    return version


def may_review(version: ScriptVersion, user: User) -> bool:
    """Tell whether a user may judge a version."""
    try:
        require_reviewer(version, user)
    except (access.NoSuchScript, Forbidden):
        return False
    return True


def require_reviewer(version: ScriptVersion, user: User) -> None:
    """Raise unless a user may judge a version."""
    access.principal_in(version.script, user).require_role(Role.REVIEWER)
    if user.pk in (version.author_id, version.script.owner_id):
        raise ReviewerIsAuthor(version=str(version))


def _release_note(version: ScriptVersion, given: str | None) -> str:
    text = version.release_note if given is None else given
    note = clean_text(text, field="release_note", max_length=NOTE_MAX_LENGTH)
    if note:
        return note
    raise ReleaseNoteRequired(field="release_note")


def _require_as_read(version: ScriptVersion, source: str, manifest: str) -> None:
    if (source, manifest) != (version.source_sha256, version.manifest_sha256):
        raise SourceChanged(
            field="reviewed_sha256",
            source_sha256=version.source_sha256,
            manifest_sha256=version.manifest_sha256,
        )


def _keep(
    version: ScriptVersion,
    verdict: Verdict,
    note: str,
    *,
    checklist: Collection[str] = (),
    acting_user: User,
    now: datetime,
) -> None:
    Review.objects.create(
        version=version,
        reviewer=acting_user,
        verdict=verdict,
        note=note,
        checklist=list(checklist),
        source_sha256=version.source_sha256,
        manifest_sha256=version.manifest_sha256,
        created_at=now,
    )
