"""What a version needs from other scripts, and what those put out for the same bar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from accounts.models import User
from common.errors import Conflict, Unavailable
from execution import held
from execution.models import Execution, ExecutionStatus, RealtimePlan
from gateway.requests import UpstreamOutputs
from registry import access
from registry import queries as registry_queries
from registry.models import Dependency, Script, ScriptVersion
from streams.models import Stream
from streams.watermark import place_of
from streams.watermarks.embedding import Place
from streams.watermarks.rules import tolerances_of


class DependencyUnavailable(Unavailable):
    """A script that this one depends on has no output for this bar."""

    code = "dependency_unavailable"


class DependencySuspended(Conflict):
    """A script that this one depends on is suspended, so neither runs at the moment."""

    code = "dependency_suspended"


def require_unsuspended(version: ScriptVersion) -> None:
    """Raise DependencySuspended when a version that this one needs is suspended."""
    if not direct_dependency_ids(version.pk):
        return
    suspended = [v for v in registry_queries.dependency_closure(version) if v.is_suspended]
    if suspended:
        names = ", ".join(str(needed) for needed in suspended)
        raise DependencySuspended(
            f"This script depends on {names}, which is suspended: neither runs until an operator "
            "has looked at it.",
            suspended=[needed.reference for needed in suspended],
        )


def require_accessible(version: ScriptVersion, *, user: User, at: datetime) -> None:
    """Raise DependencyNotAccessible unless the user may run everything the version needs."""
    missing = [
        script for script in required_scripts(version) if not access.may_access(user, script, at=at)
    ]
    if missing:
        names = ", ".join(f"{script.name} ({script.pk})" for script in missing)
        raise access.DependencyNotAccessible(
            f"This script depends on {names}, to which you are not entitled. "
            "Ask its owner for an entitlement.",
            field="depends_on",
            missing=[str(script.pk) for script in missing],
        )


@lru_cache(maxsize=4096)
def direct_dependency_ids(version_id: UUID) -> tuple[UUID, ...]:
    """Return the ids of the versions that a published version names in ``depends_on``.

    What a published version depends on never changes, so each process asks once.
    """
    rows = Dependency.objects.filter(version=version_id).order_by("pk")
    return tuple(rows.values_list("requires_id", flat=True))


def required_scripts(version: ScriptVersion) -> list[Script]:
    """Return the scripts of a version's dependencies, direct and indirect."""
    if not direct_dependency_ids(version.pk):
        return []
    return [needed.script for needed in registry_queries.dependency_closure(version)]


def direct_dependencies(version: ScriptVersion) -> list[ScriptVersion]:
    """Return the versions that a version names in ``depends_on``."""
    if not direct_dependency_ids(version.pk):
        return []
    return [
        dependency.requires
        for dependency in version.dependencies.select_related("requires__script").order_by("pk")
    ]


def scripts_that_need(version: ScriptVersion) -> list[Script]:
    """Return the version's own script and every script whose current version needs it."""
    found: dict[object, Script] = {version.script_id: version.script}
    todo = [version]
    while todo:
        current = todo.pop()
        for dependency in current.dependents.select_related("version__script"):
            script = dependency.version.script
            if script.pk not in found and script.current_version_id == dependency.version_id:
                found[script.pk] = script
                todo.append(dependency.version)
    return list(found.values())


def upstream_of(execution: Execution, sources: Sequence[Execution]) -> dict[str, UpstreamOutputs]:
    """Return what the declared dependencies put out, by script id.

    Raises
    ------
    DependencyUnavailable
        One of them did not complete, or put nothing out. There is no guess from an older bar.
    """
    by_version = {source.version_id: source for source in sources}
    return {
        str(needed.script_id): _upstream(execution, needed, by_version.get(needed.pk))
        for needed in direct_dependencies(execution.version)
    }


def sources_for_bar(execution: Execution) -> list[Execution]:
    """Return the executions of an execution's dependencies for the same bar, tick or instant."""
    needed = direct_dependency_ids(execution.version_id)
    if not needed or execution.plan is None:
        return []
    plans = RealtimePlan.objects.filter(
        version__in=needed,
        product=None,
        instrument_key=execution.instrument_key,
        timeframe=execution.timeframe,
        trigger=execution.plan.trigger,
        schedule=execution.plan.schedule,
        params={},
    )
    return list(
        Execution.objects.filter(plan__in=plans, due_at=execution.due_at).select_related(
            "version__script", "stream"
        )
    )


def _upstream(
    execution: Execution, needed: ScriptVersion, source: Execution | None
) -> UpstreamOutputs:
    if source is None or source.status != ExecutionStatus.COMPLETED:
        why = _why_not_run(needed, execution) if source is None else _why(source)
        raise DependencyUnavailable(
            f"{needed.script.name} {needed.version} has no output for this bar: it {why}.",
            script_id=str(needed.script_id),
            version=needed.version,
        )
    return UpstreamOutputs(
        stream_id=source.stream_id or _published_stream_id(source),
        latest=source.outputs[-1] if source.outputs else None,
        place=place_of_outputs(source),
        tolerance=tolerances_of(source.version.manifest),
    )


def place_of_outputs(execution: Execution) -> Place:
    """Return the series that a run's outputs belong to, published or not."""
    if execution.stream is not None:
        return place_of(execution.stream)
    return Place(
        str(execution.version.script_id),
        execution.instrument_key,
        execution.timeframe,
        execution.params_sha256,
    )


def _published_stream_id(source: Execution) -> int | None:
    # A dependency of a one-time run publishes nothing; its history is what realtime runs of the
    # same script, instrument and timeframe have published.
    stream = Stream.objects.filter(
        script=source.version.script_id,
        product=None,
        instrument_key=source.instrument_key,
        timeframe=source.timeframe,
        params={},
    ).first()
    return stream.pk if stream else None


def _why_not_run(needed: ScriptVersion, execution: Execution) -> str:
    if needed.is_suspended:
        return "is suspended"
    hold = held.hold_on(needed.script, execution.instrument_key)
    return f"is on hold since {hold.placed_at:%Y-%m-%d %H:%M} UTC" if hold else "did not run"


def _why(source: Execution) -> str:
    message = (source.error or {}).get("message", "")
    return f"ended as {source.outcome or source.status}" + (f" ({message})" if message else "")
