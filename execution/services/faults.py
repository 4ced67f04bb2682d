"""What went wrong in a run, and whose trouble it is."""

from __future__ import annotations

from common.errors import ScriptFault, SignalHubError, Unavailable
from execution.sandbox.results import SandboxResult
from execution.services.dependencies import DependencyUnavailable
from execution.services.limits import Allowance


class ScriptRaised(ScriptFault):
    """The script raised an exception."""

    code = "script_raised"


class ScriptRejected(ScriptFault):
    """The script uses something that is not available to scripts."""

    code = "script_rejected"


class ScriptTimedOut(ScriptFault):
    """The script ran longer than it may."""

    code = "script_timed_out"


class MemoryExceeded(ScriptFault):
    """The script needed more memory than it may use."""

    code = "memory_exceeded"


class OutputLimitExceeded(ScriptFault):
    """The script put out more than it may."""

    code = "output_limit_exceeded"


class ScriptViolation(ScriptFault):
    """The script did what only an attack does; its version was suspended and the operators told."""

    code = "script_violation"


class ScriptCrashed(ScriptFault):
    """The script brought its interpreter down."""

    code = "script_crashed"


FAULTS: dict[str, type[ScriptFault]] = {
    "error": ScriptRaised,
    "rejected": ScriptRejected,
    "timeout": ScriptTimedOut,
    "memory": MemoryExceeded,
    "output_limit": OutputLimitExceeded,
    "violation": ScriptViolation,
    "crashed": ScriptCrashed,
    "protocol": ScriptViolation,
}


def fault_of(result: SandboxResult, *, allowance: Allowance) -> ScriptFault | None:
    """Return what a run did wrong, as a sentence with the script's line, or None."""
    if result.status == "ok":
        return None
    fault = FAULTS[result.status]
    details = {}
    if result.error is not None:
        details = {"type": result.error.type, "line": result.error.line}
    if result.limit is not None:
        details |= {"limit": result.limit, "tier": allowance.tier}
    return fault(_message(result, allowance), **details)


def is_our_trouble(error: Exception) -> bool:
    """Tell whether an error is ours (to try again) rather than the script's or the caller's."""
    if isinstance(error, DependencyUnavailable):
        return False  # the dependency had its own attempts
    return isinstance(error, Unavailable) or not isinstance(error, SignalHubError)


def _message(result: SandboxResult, allowance: Allowance) -> str:
    fault = FAULTS[result.status]
    if result.error is None:
        return fault.__doc__ or ""
    where = f"line {result.error.line}: " if result.error.line else ""
    if result.limit is not None:
        return f"{where}{fault.__doc__} {allowance.sentence(result.limit)}"
    return f"{where}{result.error.type}: {result.error.message}"
