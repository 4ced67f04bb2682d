"""The dependencies of a one-time run: run first, for the same instrument and the same clock."""

from __future__ import annotations

from collections.abc import Callable

from common.canonical import digest
from execution.models import Execution, ExecutionKind
from execution.services.dependencies import direct_dependencies
from registry.models import ScriptVersion

Runner = Callable[[str], Execution | None]


def run_dependencies(execution: Execution, *, run: Runner) -> list[Execution]:
    """Run what an execution depends on, in this worker, and return those runs.

    ``run`` is the spine itself, handed in so that a dependency is claimed, checked, isolated and
    recorded like any other run. Publishing refused cycles, so the recursion ends.
    """
    children = [_child(execution, needed) for needed in direct_dependencies(execution.version)]
    finished = [run(str(child.pk)) for child in children]
    return [child for child in finished if child is not None]


def _child(execution: Execution, needed: ScriptVersion) -> Execution:
    return Execution.objects.create(
        kind=ExecutionKind.DEPENDENCY,
        version=needed,
        user=execution.user,
        parent=execution,
        instrument_key=execution.instrument_key,
        timeframe=execution.timeframe,
        params={},
        params_sha256=digest({}),
        as_of=execution.as_of,
        bar_opened_at=execution.bar_opened_at,
        created_at=execution.started_at or execution.created_at,
        stream=None,
    )
