"""The spine: from a pending row to a fenced finish. Every run goes down it, whoever asked.

claim (right re-checked) → source (bytes verified) → sandbox (reads through the gateway) →
outputs (validated) → publish and finish in one transaction, if the attempt still holds its lease.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import DatabaseError, transaction

from common.canonical import digest
from common.clock import utc_now
from common.errors import ScriptFault, SignalHubError
from execution import validation
from execution.models import Execution, ExecutionKind, ExecutionStatus
from execution.sandbox import supervisor
from execution.sandbox.results import SandboxResult
from execution.services import claims, dependencies, isolation, nested
from execution.services.answers import answerer_of
from execution.services.faults import fault_of, is_our_trouble
from execution.services.limits import sandbox_limits
from execution.validation import ValidOutput
from gateway import reads
from registry import queries as registry_queries
from streams import publishing
from streams.publishing import NewOutput

log = structlog.get_logger(__name__)


def run_execution(execution_id: str) -> Execution | None:
    """Run a pending execution to its end; return None when it was not there to be taken.

    Trouble of the script ends the execution as failed. Trouble of ours (store, database, worker)
    gives it back to the queue until its attempts are used up.
    """
    # Isolation is proven before anything is claimed, so that a machine without it takes no job.
    isolation.require_isolation()
    claimed = claims.claim(execution_id, now=utc_now())
    if claimed is None:
        return None
    try:
        _run(claimed)
    except (SignalHubError, supervisor.SandboxUnavailable, DatabaseError, OSError) as error:
        if not is_our_trouble(error):
            _fail(claimed, error)
        else:
            log.warning("execution_given_back", execution=execution_id, error=str(error))
            claims.give_back(claimed, now=utc_now(), error=_as_json(error))
    return Execution.objects.get(pk=claimed.execution.pk)


def _run(claimed: claims.Claim) -> None:
    execution = claimed.execution
    source = registry_queries.read_source(execution.version)
    upstream = dependencies.upstream_of(execution, _sources(execution))
    reader = reads.reader_for(
        execution.user,
        execution.pk,
        instrument_key=execution.instrument_key,
        timeframe=execution.timeframe,
        as_of=execution.as_of,
        upstream=upstream,
    )
    result = supervisor.run_in_sandbox(
        source=source,
        context=context_of(execution),
        limits=sandbox_limits(),
        answer_read=answerer_of(reader),
    )
    _conclude(claimed, result, reader)


def context_of(execution: Execution) -> dict[str, Any]:
    """Return what the script sees as ``context``. It holds no token and no secret."""
    return {
        "instrument": execution.instrument_key,
        "instrument_key": execution.instrument_key,
        "timeframe": execution.timeframe,
        "params": execution.params,
        "timestamp": execution.as_of.isoformat(),
        "user_id": str(execution.user_id),
        "script_id": str(execution.version.script_id),
        "seed": int(execution.params_sha256[:8], 16),
    }


def _sources(execution: Execution) -> Sequence[Execution]:
    if execution.kind == ExecutionKind.REALTIME:
        return dependencies.sources_for_bar(execution)
    return nested.run_dependencies(execution, run=run_execution)


def _conclude(claimed: claims.Claim, result: SandboxResult, reader: reads.Reader) -> None:
    execution = claimed.execution
    fault = fault_of(result, limits=sandbox_limits())
    outputs: list[ValidOutput] = []
    if fault is None:
        try:
            outputs = validation.validate_outputs(
                result.outputs, execution.version.output_schema, as_of=execution.as_of
            )
        except ScriptFault as error:
            fault = error
    _finish(claimed, result, reader, outputs=outputs, fault=fault, now=utc_now())


@transaction.atomic
def _finish(
    claimed: claims.Claim,
    result: SandboxResult,
    reader: reads.Reader,
    *,
    outputs: list[ValidOutput],
    fault: ScriptFault | None,
    now: datetime,
) -> None:
    execution = claimed.execution
    finished = claims.finish(
        claimed,
        status=ExecutionStatus.FAILED if fault else ExecutionStatus.COMPLETED,
        outcome=_outcome(result, fault),
        now=now,
        error=_as_json(fault) if fault else None,
        outputs=outputs,
        output_sha256=digest(outputs),
        log=result.log,
        **_usage(result),
    )
    if not finished:
        log.warning("execution_fenced_off", execution=str(execution.pk), fence=claimed.fence)
        return
    reader.record()
    if outputs and execution.stream is not None:
        publishing.publish_outputs(
            execution.stream,
            [NewOutput(**output) for output in outputs],
            execution_id=execution.pk,
            bar_opened_at=execution.bar_opened_at,
        )


@transaction.atomic
def _fail(claimed: claims.Claim, error: Exception) -> None:
    claims.finish(
        claimed,
        status=ExecutionStatus.FAILED,
        outcome=getattr(error, "code", "error"),
        now=utc_now(),
        error=_as_json(error),
    )


def _outcome(result: SandboxResult, fault: ScriptFault | None) -> str:
    if fault is None or result.status != "ok":
        return result.status
    return fault.code


def _usage(result: SandboxResult) -> dict[str, Any]:
    usage = result.usage
    return {
        "duration_ms": usage.duration_ms,
        "cpu_ms": usage.cpu_ms,
        "memory_mb": usage.memory_mb,
        "page_faults": usage.page_faults,
        "calls": usage.calls,
    }


def _as_json(error: Exception) -> dict[str, Any]:
    if isinstance(error, SignalHubError):
        return {**error.details, "code": error.code, "message": error.message}
    return {"code": "infrastructure", "message": str(error) or type(error).__name__}
