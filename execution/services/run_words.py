"""What goes into a run and what comes out of it, in words: context, ending, published outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from common.canonical import digest
from common.errors import ScriptFault, SignalHubError
from execution import validation
from execution.models import Execution, ExecutionKind, ExecutionStatus
from execution.sandbox.results import SandboxResult
from execution.services import capsules
from execution.services.claims import Claim, Ending
from execution.services.faults import fault_of
from execution.services.limits import Allowance
from execution.validation import ValidOutput
from streams import publishing
from streams.models import Stream
from streams.publishing import NewOutput
from streams.watermarks.rules import tolerances_of

# The name in an output's metadata under which the platform says what the script does not.
PLATFORM_METADATA = "signalhub"


def context_of(execution: Execution) -> dict[str, Any]:
    """Return what the script sees as ``context``. It holds no token and no secret.

    A realtime run is computed once for all who follow its stream: it is told its author and its
    product, and nothing of whoever happened to ask first.
    """
    return {
        "instrument": execution.instrument_key,
        "instrument_key": execution.instrument_key,
        "timeframe": execution.timeframe,
        "params": execution.params,
        "timestamp": execution.as_of.isoformat(),
        **_for_whom(execution),
        **execution.occasion,
        "seed": capsules.seed_of(execution),
    }


def _for_whom(execution: Execution) -> dict[str, str]:
    right = capsules.right_of(execution)
    if execution.kind == ExecutionKind.REALTIME:
        right.pop("subscription_id", None)
        return {"user_id": str(execution.version.script.owner_id), **right}
    return {"user_id": str(execution.user_id), **right}


def ending_of(claimed: Claim, result: SandboxResult, allowance: Allowance) -> Ending:
    """Return how an attempt ended, given what the sandbox says: outputs valid, or a fault."""
    execution = claimed.execution
    fault = fault_of(result, allowance=allowance)
    outputs: list[ValidOutput] = []
    if fault is None:
        try:
            outputs = validation.validate_outputs(
                result.outputs,
                execution.version.output_schema,
                as_of=execution.as_of,
                max_bytes=settings.OUTPUT_MAX_BYTES,
            )
        except ScriptFault as error:
            fault = error
    return Ending(
        claim=claimed,
        status=ExecutionStatus.FAILED if fault else ExecutionStatus.COMPLETED,
        outcome=result.status if fault is None or result.status != "ok" else fault.code,
        fields={
            "error": as_json(fault) if fault else None,
            "outputs": outputs,
            "output_sha256": digest(outputs),
            "log": result.log,
            "log_sha256": digest(result.log),
            **_usage(result),
        },
    )


def run_outputs(
    execution: Execution,
    stream: Stream,
    outputs: Sequence[ValidOutput],
    *,
    passed_over: Mapping[str, int],
    is_late: bool = False,
) -> publishing.RunOutputs:
    """Return what a run puts out, as it is published; late is what comes after a newer run's.

    ``passed_over`` is what its outputs are to tell was not run for, counted by the reason.
    """
    told = _platforms_word(execution, passed_over, is_late=is_late)
    return publishing.RunOutputs(
        stream=stream,
        outputs=[_declared(output, told) for output in outputs],
        execution_id=execution.pk,
        subscription_id=execution.product_subscription_id,
        bar_opened_at=execution.bar_opened_at,
        as_of=execution.as_of,
        tolerance=tolerances_of(execution.version.manifest),
        confirmed=execution.confirmed,
    )


def _platforms_word(
    execution: Execution, passed_over: Mapping[str, int], *, is_late: bool
) -> dict[str, Any]:
    """Return what subscribers are told besides the script's outputs: their place among others."""
    if not (execution.occasion or passed_over or is_late):
        return {}
    declared: dict[str, Any] = dict(passed_over)
    if execution.plan_id is not None:  # what somebody asked for, nothing has set off
        declared = {"trigger": execution.occasion.get("trigger", "bar"), **declared}
    if is_late:
        declared["late"] = True
    return {PLATFORM_METADATA: declared}


def _declared(output: ValidOutput, told: Mapping[str, Any]) -> NewOutput:
    return NewOutput(
        value=output["value"],
        timestamp=output["timestamp"],
        metadata={**output["metadata"], **told},
    )


def _usage(result: SandboxResult) -> dict[str, Any]:
    usage = result.usage
    return {
        "duration_ms": usage.duration_ms,
        "cpu_ms": usage.cpu_ms,
        "memory_mb": usage.memory_mb,
        "page_faults": usage.page_faults,
        "calls": usage.calls,
        "bytes_out": usage.bytes_out,
        "exit": usage.exit,
    }


def as_json(error: Exception) -> dict[str, Any]:
    """Return an error as an execution keeps it."""
    if isinstance(error, SignalHubError):
        return {**error.details, "code": error.code, "message": error.message}
    return {"code": "infrastructure", "message": str(error) or type(error).__name__}
