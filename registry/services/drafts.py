"""Write a script: its first draft, and every edit until it is submitted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Role, User
from accounts.principals import principal_of
from common.canonical import sha256
from common.errors import Conflict, Forbidden
from registry import access, lifecycle, queries
from registry.lifecycle import Step, VersionStatus
from registry.manifest import complete_manifest
from registry.models import Script, ScriptVersion
from registry.models.scripts import (
    DESCRIPTION_MAX_LENGTH,
    NAME_MAX_LENGTH,
    NOTE_MAX_LENGTH,
)
from registry.semver import FIRST_VERSION, SemanticVersion, highest
from registry.texts import clean_source, clean_text


class NameTaken(Conflict):
    """You already have a script of this name."""

    code = "name_taken"


class NotTheAuthor(Forbidden):
    """Only its author can change or submit a script."""

    code = "not_the_author"


class VersionNotGreater(Conflict):
    """A new version's number must be greater than every published one."""

    code = "version_not_greater"


@transaction.atomic
def create_draft(
    *,
    name: str,
    source: str,
    manifest: Mapping[str, Any] | None = None,
    description: str = "",
    version: str = str(FIRST_VERSION),
    release_note: str = "",
    acting_user: User,
    now: datetime,
) -> ScriptVersion:
    """Create a script with its first draft.

    ``manifest`` holds what differs from the defaults.

    Raises
    ------
    RoleRequired
        The acting user is no author.
    InvalidText, SourceTooLarge, InvalidManifest, NotASemanticVersion, NameTaken
        Naming the field.
    """
    principal = principal_of(acting_user)
    principal.require_role(Role.AUTHOR)
    script = Script(
        tenant_id=principal.tenant_id,
        owner=acting_user,
        name=clean_text(name, field="name", max_length=NAME_MAX_LENGTH, required=True),
        description=_description(description),
        created_at=now,
        updated_at=now,
    )
    draft = ScriptVersion(
        script=script,
        version=str(SemanticVersion.parse(version)),
        author=acting_user,
        manifest=_manifest(manifest or {}),
        release_note=_release_note(release_note),
        created_at=now,
        edited_at=now,
    )
    _set_source(draft, source)
    _save_named(script, force_insert=True)
    draft.save(force_insert=True)
    _record("draft_created", draft, acting_user=acting_user, now=now)
    return draft


@transaction.atomic
def edit_draft(
    script: Script,
    *,
    name: str | None = None,
    description: str | None = None,
    source: str | None = None,
    manifest: Mapping[str, Any] | None = None,
    version: str | None = None,
    release_note: str | None = None,
    is_noted: bool = True,
    acting_user: User,
    now: datetime,
) -> ScriptVersion:
    """Change a script's draft; after a publication, open the next one.

    None leaves a part as it is; ``manifest`` holds the entries that change. ``is_noted`` is False
    for one of the many saves of somebody who goes on typing; opening a draft is always noted.

    Raises
    ------
    NotTheAuthor
        The script is somebody else's.
    NotEditable
        The version is submitted or approved.
    VersionNotGreater
        The number is not greater than every published one.
    """
    script = _locked(script)
    require_author(script, acting_user)
    opened = _locked_draft(script)
    draft = opened or _next_draft(script, acting_user=acting_user, now=now)
    lifecycle.require_step(Step.EDIT, name=str(draft), status=draft.status)
    if source is not None:
        _set_source(draft, source)
    if manifest is not None:
        draft.manifest = _manifest({**draft.manifest, **manifest})
    if release_note is not None:
        draft.release_note = _release_note(release_note)
    if version is not None:
        draft.version = str(SemanticVersion.parse(version))
    _require_greater(draft)
    draft.edited_at = now
    draft.save()
    _rename(script, name=name, description=description, now=now)
    if is_noted or opened is None:
        _record("draft_edited", draft, acting_user=acting_user, now=now)
    return draft


def require_author(script: Script, user: User) -> None:
    """Raise unless a user owns a script, in a way that tells outsiders nothing.

    Raises
    ------
    NoSuchScript
        The user acts in another tenant.
    NotTheAuthor
        Anybody else but its owner.
    """
    access.principal_in(script, user)
    if script.owner_id != user.pk:
        raise NotTheAuthor(script_id=str(script.pk))


def _locked(script: Script) -> Script:
    # Two edits at once would both find no open version, and both open one.
    return (
        Script.objects.select_for_update(no_key=True, of=("self",))
        .select_related("tenant", "owner")
        .get(pk=script.pk)
    )


def _locked_draft(script: Script) -> ScriptVersion | None:
    # Without the lock a submission could slip in, and saving the draft would take it back.
    return (
        queries.versions_of(script)
        .select_for_update(of=("self",))
        .filter(status__in=lifecycle.OPEN)
        .first()
    )


def _next_draft(script: Script, *, acting_user: User, now: datetime) -> ScriptVersion:
    last = queries.last_released(script)
    if last is None:
        raise queries.NoSuchVersion("This script has no version to start from.")
    return ScriptVersion(
        script=script,
        version=queries.next_free_version(script),
        status=VersionStatus.DRAFT,
        author=acting_user,
        source=last.source,
        source_sha256=last.source_sha256,
        manifest=last.manifest,
        created_at=now,
    )


def _require_greater(draft: ScriptVersion) -> None:
    released = ScriptVersion.objects.released().filter(script=draft.script_id)
    last = highest(released.values_list("version", flat=True))
    if last is not None and SemanticVersion.parse(draft.version) <= last:
        raise VersionNotGreater(
            f"version: {draft.version} is not greater than {last}, the highest published one; "
            f"the next free one is {last.next_minor()}.",
            field="version",
            highest_published=str(last),
            next_version=str(last.next_minor()),
        )


def _rename(script: Script, *, name: str | None, description: str | None, now: datetime) -> None:
    if name is not None:
        script.name = clean_text(name, field="name", max_length=NAME_MAX_LENGTH, required=True)
    if description is not None:
        script.description = _description(description)
    script.updated_at = now
    _save_named(script)


def _save_named(script: Script, *, force_insert: bool = False) -> None:
    try:
        with transaction.atomic():
            script.save(force_insert=force_insert)
    except IntegrityError as error:
        if "one_script_per_owner_and_name" not in str(error):
            raise
        raise NameTaken(
            f"name: you already have a script named {script.name!r}.", field="name"
        ) from None


def _set_source(draft: ScriptVersion, source: str) -> None:
    draft.source = clean_source(source, max_bytes=settings.SCRIPT_SOURCE_MAX_BYTES)
    draft.source_sha256 = sha256(draft.source.encode())


def _manifest(given: Mapping[str, Any]) -> dict[str, Any]:
    return complete_manifest(given, max_bytes=settings.MANIFEST_MAX_BYTES)


def _description(text: str) -> str:
    return clean_text(text, field="description", max_length=DESCRIPTION_MAX_LENGTH)


def _release_note(text: str) -> str:
    return clean_text(text, field="release_note", max_length=NOTE_MAX_LENGTH)


def _record(event: str, draft: ScriptVersion, *, acting_user: User, now: datetime) -> None:
    audit.record(
        event,
        draft,
        chain=draft.script.tenant.slug,
        acting_user=acting_user,
        now=now,
        after={
            "script": str(draft.script_id),
            "version": draft.version,
            "source_sha256": draft.source_sha256,
            "manifest_sha256": draft.manifest_sha256,
        },
    )
