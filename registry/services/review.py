"""Submit a version, and judge it: by somebody else, on exactly the bytes they read."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Role, User
from common.errors import Conflict, Forbidden, InvalidInput
from registry import access, lifecycle
from registry.lifecycle import Step
from registry.models import Review, ScriptVersion, Verdict
from registry.models.scripts import NOTE_MAX_LENGTH
from registry.readiness import require_ready
from registry.services.drafts import require_author
from registry.services.screening import has_grave_findings
from registry.services.transitions import take_step
from registry.texts import clean_text

FIRST_RELEASE_NOTE = "First version."


class ReleaseNoteRequired(InvalidInput):
    """Say in the release note what changed since the last published version."""

    code = "release_note_required"


class ReviewerIsAuthor(Forbidden):
    """Somebody else must review this: nobody approves their own version."""

    code = "reviewer_is_author"


class SourceChanged(Conflict):
    """The version is not the one you read any more; read it again before you decide."""

    code = "source_changed"


class NoteRequiredForFindings(InvalidInput):
    """Screening found something grave: say in the note why it may be approved all the same."""

    code = "note_required_for_findings"


@transaction.atomic
def submit_for_review(
    version: ScriptVersion, *, release_note: str | None = None, acting_user: User, now: datetime
) -> ScriptVersion:
    """Hand a draft over to the reviewers; from here on its content is fixed.

    A script's first version may go without a release note.

    Raises
    ------
    NotSubmittable
        It is not a draft and no changes were requested.
    ReleaseNoteRequired
        It follows a published version and does not say what changed.
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
    return version


@transaction.atomic
def approve(
    version: ScriptVersion,
    *,
    reviewed_sha256: str,
    reviewed_manifest_sha256: str | None = None,
    note: str = "",
    acting_user: User,
    now: datetime,
) -> ScriptVersion:
    """Approve a submitted version, naming the hash of the source that was read.

    Whoever read the manifest on a page that may be old names its hash too.

    Raises
    ------
    RoleRequired, ReviewerIsAuthor, NoSuchScript
        The acting user may not review this version.
    SourceChanged
        The version has other bytes than those that were read.
    NotUnderReview
        It is not submitted, or somebody else was quicker.
    NoteRequiredForFindings
        Its screening found something at the level danger or above, and there is no note.
    """
    require_reviewer(version, acting_user)
    note = clean_text(note, field="note", max_length=NOTE_MAX_LENGTH)
    version.refresh_from_db(from_queryset=ScriptVersion.objects.select_for_update())
    lifecycle.require_step(Step.APPROVE, name=str(version), status=version.status)
    _require_as_read(version, reviewed_sha256, reviewed_manifest_sha256)
    if not note and has_grave_findings(version):
        raise NoteRequiredForFindings(field="note")
    take_step(
        version,
        Step.APPROVE,
        acting_user=acting_user,
        now=now,
        reason=note,
        approved_by=acting_user,
        approved_at=now,
        approved_sha256=reviewed_sha256,
    )
    _keep(version, Verdict.APPROVE, note, acting_user=acting_user, now=now)
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
    )
    _keep(version, Verdict.REQUEST_CHANGES, note, acting_user=acting_user, now=now)
    return version


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
    if ScriptVersion.objects.released().filter(script=version.script_id).exists():
        raise ReleaseNoteRequired(field="release_note")
    return FIRST_RELEASE_NOTE


def _require_as_read(version: ScriptVersion, source: str, manifest: str | None) -> None:
    same_manifest = manifest is None or manifest == version.manifest_sha256
    if source != version.source_sha256 or not same_manifest:
        raise SourceChanged(
            field="reviewed_sha256",
            source_sha256=version.source_sha256,
            manifest_sha256=version.manifest_sha256,
        )


def _keep(
    version: ScriptVersion, verdict: Verdict, note: str, *, acting_user: User, now: datetime
) -> None:
    Review.objects.create(
        version=version,
        reviewer=acting_user,
        verdict=verdict,
        note=note,
        source_sha256=version.source_sha256,
        manifest_sha256=version.manifest_sha256,
        created_at=now,
    )
