"""What is missing before a version can be submitted: one list for the page and for the refusal.

Decides from what is stored. How a run ended and what a screening found was stored by others.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings

from common.errors import InvalidInput
from registry import access
from registry.manifest import dependencies_of
from registry.models import DraftAutosave, HistoryRun, ScriptVersion, VersionScreening

FIRST_LINE_MAX_LENGTH = 200
GRAVE = "danger"
REFUSED = "rejected"


class State(StrEnum):
    """Where one point of the list stands."""

    DONE = "done"
    MISSING = "missing"  # it keeps the version from being submitted
    ADVISED = "advised"  # a reviewer will ask about it
    PENDING = "pending"  # somebody else is at it


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of the list: what it is about, where it stands, and what to do."""

    code: str
    title: str
    state: State
    advice: str = ""
    field: str = ""  # of the form, where one does something about it

    @property
    def is_done(self) -> bool:
        """Tell whether there is nothing to do about it."""
        return self.state is State.DONE


class NotReadyForReview(InvalidInput):
    """Something is missing before this version can be submitted."""

    code = "not_ready_for_review"


def points_of(version: ScriptVersion, *, at: datetime) -> list[Point]:
    """Return every point about a version, in the order in which an author meets them."""
    rules: tuple[Callable[[ScriptVersion, datetime], Point], ...] = (
        _everything_typed_counts,
        _description,
        _schemas,
        _size,
        _dependencies,
        _screening,
        _history_run,
        _release_note,
    )
    return [rule(version, at) for rule in rules]


def require_ready(
    version: ScriptVersion, *, at: datetime, apart_from: Collection[str] = ()
) -> None:
    """Raise if anything that a submission needs is missing.

    ``apart_from`` names the points that the caller has seen to.

    Raises
    ------
    NotReadyForReview
        ``errors`` lists everything, each with the field where it is put right.
    """
    missing = [
        point
        for point in points_of(version, at=at)
        if point.state is State.MISSING and point.code not in apart_from
    ]
    if missing:
        raise NotReadyForReview(
            " ".join(point.advice for point in missing),
            field=missing[0].field,
            errors=[{"field": point.field, "message": point.advice} for point in missing],
        )


def _everything_typed_counts(version: ScriptVersion, at: datetime) -> Point:
    about = {"code": "typed", "title": "What you typed last is the draft"}
    autosave = DraftAutosave.objects.filter(script=version.script_id).first()
    if autosave is None:
        return Point(state=State.DONE, **about)
    reason = autosave.problem or "a field has a mistake."
    advice = f"What you typed last is kept but is no draft yet: {reason}"
    return Point(state=State.MISSING, advice=advice, field="source", **about)


def _description(version: ScriptVersion, at: datetime) -> Point:
    about = {"code": "description", "title": "A description for subscribers"}
    if version.script.description:
        return Point(state=State.DONE, **about)
    advice = "Say in a sentence or two what it computes and when it signals."
    return Point(state=State.ADVISED, advice=advice, field="description", **about)


def _schemas(version: ScriptVersion, at: datetime) -> Point:
    about = {"code": "schemas", "title": "Schemas of its parameters and outputs"}
    if not version.output_schema.get("properties"):
        advice = "Write in the output schema what value and metadata are: outputs are checked."
        return Point(state=State.ADVISED, advice=advice, field="output_schema", **about)
    if "params" in version.source and not version.input_schema.get("properties"):
        advice = "The script reads params: name each in the input schema, with a default."
        return Point(state=State.ADVISED, advice=advice, field="input_schema", **about)
    return Point(state=State.DONE, **about)


def _size(version: ScriptVersion, at: datetime) -> Point:
    size, most = len(version.source.encode()), settings.SCRIPT_SOURCE_MAX_BYTES
    title = f"Source of {size:,} of at most {most:,} bytes"
    if size <= most:
        return Point(code="size", title=title, state=State.DONE)
    advice = f"source: {size} bytes; a script has at most {most}."
    return Point(code="size", title=title, state=State.MISSING, advice=advice, field="source")


def _dependencies(version: ScriptVersion, at: datetime) -> Point:
    about = {"code": "dependencies", "title": "Everything it depends on is open to you"}
    out_of_reach = [
        str(reference)
        for reference in dependencies_of(version.manifest)
        if not _is_usable(reference.script_id, reference.version, version, at)
    ]
    if not out_of_reach:
        return Point(state=State.DONE, **about)
    advice = (
        f"{', '.join(out_of_reach)}: published no more, or not open to you. "
        "Take it out, or ask its owner for an entitlement."
    )
    return Point(state=State.MISSING, advice=advice, field="depends_on", **about)


def _is_usable(script_id: uuid.UUID, number: str, version: ScriptVersion, at: datetime) -> bool:
    owner = version.script.owner
    usable = access.scripts_accessible_to(owner, at=at).filter(pk=script_id)
    needed = ScriptVersion.objects.runnable().filter(script__in=usable, version=number)
    return needed.exists()


def _screening(version: ScriptVersion, at: datetime) -> Point:
    about = {"code": "screening", "title": "Screening found nothing grave"}
    made = VersionScreening.objects.filter(version=version).first()
    if made is None or made.screened_at is None or made.source_sha256 != version.source_sha256:
        advice = (
            f"No worker can screen it at the moment: {made.problem}."
            if made and made.problem
            else "A worker reads the source within a few seconds of a save."
        )
        return Point(state=State.PENDING, advice=advice, **about)
    if made.worst_level == REFUSED:
        advice = "The sandbox would refuse this source; put right what is marked in red."
        return Point(state=State.MISSING, advice=advice, field="source", **about)
    if made.worst_level == GRAVE:
        advice = "It found what an honest script hardly has; change it, or explain it in the note."
        return Point(state=State.ADVISED, advice=advice, field="source", **about)
    return Point(state=State.DONE, **about)


def _history_run(version: ScriptVersion, at: datetime) -> Point:
    about = {"code": "history_run", "title": "It ran on history without an error"}
    run = HistoryRun.objects.filter(version=version).first()
    as_it_is = (version.source_sha256, version.manifest_sha256)
    if run is None or (run.source_sha256, run.manifest_sha256) != as_it_is:
        advice = "Run it on history as it is now: a reviewer looks at the result first."
        return Point(state=State.ADVISED, advice=advice, field="run", **about)
    if run.problem:
        first_line = run.problem.partition("\n")[0][:FIRST_LINE_MAX_LENGTH]
        advice = f"The newest run ended with an error: {first_line}"
        return Point(state=State.ADVISED, advice=advice, field="run", **about)
    return Point(state=State.DONE, **about)


def _release_note(version: ScriptVersion, at: datetime) -> Point:
    about = {"code": "release_note", "title": "A release note"}
    if version.release_note:
        return Point(state=State.DONE, **about)
    advice = "Say in the release note what this version does, or what changed since the last one."
    return Point(state=State.MISSING, advice=advice, field="release_note", **about)
