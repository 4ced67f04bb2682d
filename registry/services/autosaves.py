"""Save a draft while it is being written: whatever was typed, and never over what is newer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import AuditEvent, User
from common.errors import Conflict, InvalidInput, SignalHubError, TooLarge
from registry import lifecycle, queries
from registry.editions import edition_of
from registry.lifecycle import Step
from registry.models import DraftAutosave, Script, ScriptVersion
from registry.services import drafts
from registry.services.screening import request_screening

# The trail names who wrote and when, not every pause; a submission names the bytes exactly.
NOTED_EVERY = timedelta(minutes=10)


class DraftChangedElsewhere(Conflict):
    """The draft was saved somewhere else since you opened it; choose which of the two stays."""

    code = "draft_changed_elsewhere"


class TypedTooMuch(TooLarge):
    """What you typed is larger than a draft may be, and was not saved; shorten it."""

    code = "typed_too_much"


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What became of what was typed: a draft, or an autosave with the reason why it is none."""

    edition: str
    draft: ScriptVersion | None
    problem: SignalHubError | None = None


@transaction.atomic
def save_typed(
    script: Script,
    *,
    typed: Mapping[str, Any],
    written: Mapping[str, Any] | None,
    edition: str,
    is_pause: bool,
    acting_user: User,
    now: datetime,
) -> Saved:
    """Save what an author typed: as the draft where it is one, and else beside the last draft.

    ``typed`` holds the form's fields as they stand, ``written`` the arguments of ``edit_draft``
    when the form found no mistake in them. ``edition`` is what the author last saw of the script.
    ``is_pause`` says that nobody asked for it: of such saves the audit trail notes one in ten
    minutes.

    Raises
    ------
    NotTheAuthor, NotEditable
        It cannot be written at now.
    DraftChangedElsewhere
        It was saved since ``edition``.
    TypedTooMuch
        Beyond what is kept at all.
    """
    _lock(script)
    drafts.require_author(script, acting_user)
    _require_editable(script)
    if edition != edition_of(script):
        raise DraftChangedElsewhere(script_id=str(script.pk))
    problem: SignalHubError | None = None
    if written is not None:
        try:
            draft = _edit(script, written, is_pause=is_pause, acting_user=acting_user, now=now)
            return Saved(edition=edition_of(script), draft=draft)
        except (InvalidInput, Conflict, TooLarge) as error:
            problem = error
    _keep(script, typed, problem=problem, now=now)
    return Saved(edition=edition_of(script), draft=None, problem=problem)


@transaction.atomic
def discard_typed(script: Script, *, acting_user: User) -> None:
    """Go back to the last draft that validates.

    Raises
    ------
    NotTheAuthor
        The script is somebody else's.
    """
    _lock(script)
    drafts.require_author(script, acting_user)
    DraftAutosave.objects.filter(script=script).delete()


def _lock(script: Script) -> None:
    Script.objects.select_for_update(no_key=True).get(pk=script.pk)


def _require_editable(script: Script) -> None:
    version = queries.open_version(script)
    if version is not None:
        lifecycle.require_step(Step.EDIT, name=str(version), status=version.status)


def _edit(
    script: Script,
    written: Mapping[str, Any],
    *,
    is_pause: bool,
    acting_user: User,
    now: datetime,
) -> ScriptVersion:
    with transaction.atomic():
        draft = drafts.edit_draft(
            script,
            **written,
            is_noted=not (is_pause and _was_noted_lately(script, acting_user, now=now)),
            acting_user=acting_user,
            now=now,
        )
    DraftAutosave.objects.filter(script=script).delete()
    request_screening(draft, acting_user=acting_user, now=now)
    return draft


def _was_noted_lately(script: Script, user: User, *, now: datetime) -> bool:
    version = queries.open_version(script)
    return (
        version is not None
        and AuditEvent.objects.filter(
            object_id=str(version.pk),
            event="draft_edited",
            actor=user,
            at__gt=now - NOTED_EVERY,
        ).exists()
    )


def _keep(
    script: Script, typed: Mapping[str, Any], *, problem: SignalHubError | None, now: datetime
) -> None:
    text = json.dumps(typed)
    if len(text) > settings.AUTOSAVE_MAX_CHARACTERS:
        raise TypedTooMuch(max_characters=settings.AUTOSAVE_MAX_CHARACTERS)
    DraftAutosave.objects.update_or_create(
        script=script,
        defaults={"typed": text, "problem": problem.message if problem else "", "saved_at": now},
    )
