"""What the workspace shows besides the fields: the draft, its findings, what is missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import User
from registry import lifecycle, queries, readiness
from registry.admin import screening
from registry.editions import edition_of
from registry.models import DraftAutosave, Script, ScriptVersion
from registry.readiness import Point, State


def state_of(script: Script, user: User, *, at: datetime) -> dict[str, Any]:
    """Return what the page asks for after every save, and while a screening is under way."""
    draft = editable_draft(script)
    autosave = DraftAutosave.objects.filter(script=script).first()
    return {
        "edition": edition_of(script),
        "is_draft": autosave is None,
        "saved_at": _saved_at(draft, autosave),
        "draft": _draft(draft) if draft else None,
        "screening": _screening(draft, user) if draft else None,
        "checklist": [_point(point) for point in points_of(draft, at=at)],
        "is_ready": bool(draft) and is_ready(draft, at=at),
    }


def editable_draft(script: Script) -> ScriptVersion | None:
    """Return the draft that is being written, or None where the next one is not begun."""
    version = queries.open_version(script)
    return version if version and version.status in lifecycle.EDITABLE else None


def points_of(draft: ScriptVersion | None, *, at: datetime) -> list[Point]:
    """Return what is missing; before the first change of a next version, that."""
    if draft is not None:
        return readiness.points_of(draft, at=at)
    advice = "Change something and save it: the next version begins with that."
    title = "A change since the published version"
    return [Point(code="change", title=title, state=State.MISSING, advice=advice, field="source")]


def is_ready(draft: ScriptVersion | None, *, at: datetime) -> bool:
    """Tell whether nothing keeps a draft from being submitted."""
    return all(point.state is not State.MISSING for point in points_of(draft, at=at))


def _saved_at(draft: ScriptVersion | None, autosave: DraftAutosave | None) -> str | None:
    saved = autosave.saved_at if autosave else draft.edited_at if draft else None
    return saved.isoformat() if saved else None


def _draft(draft: ScriptVersion) -> dict[str, str]:
    return {
        "version": draft.version,
        "status": draft.status,
        "status_label": draft.get_status_display(),
        "page": reverse("admin:registry_scriptversion_change", args=[draft.pk]),
        "submit": reverse("admin:registry_scriptversion_step", args=[draft.pk, "submit"]),
        "trials": reverse("admin:execution_trial_of_version", args=[draft.pk]),
        "source_sha256": draft.source_sha256,
        "manifest_sha256": draft.manifest_sha256,
    }


def _screening(draft: ScriptVersion, user: User) -> dict[str, Any]:
    report = screening.report_of(draft, user)
    return {
        "findings": report.findings,
        "is_made": report.screened_at is not None,
        "is_asked_for": report.is_asked_for,
        "problem": report.problem,
    }


def _point(point: Point) -> dict[str, str]:
    return {
        "code": point.code,
        "title": point.title,
        "state": point.state,
        "advice": point.advice,
        "field": point.field,
    }
