"""What a trial has come to so far: outputs, plots, log, cost and the first error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from common.errors import SignalHubError
from execution.sandbox.results import SandboxResult

FAULTS_MAXIMUM = 20  # bars on which a script may fail before the rest is left out
LOG_LINES_KEPT = 500


@dataclass(kw_only=True)
class Findings:
    """What a trial has come to so far."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    plots: list[dict[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    log_dropped: int = 0
    error: dict[str, Any] | None = None
    errors: int = 0
    runs: int = 0
    cpu_ms: float = 0.0
    wall_ms: float = 0.0
    memory_mb: float = 0.0
    calls: int = 0
    is_over: bool = False

    def count(self, result: SandboxResult) -> None:
        """Add up what a run used."""
        usage = result.usage
        self.runs += 1
        self.cpu_ms += usage.cpu_ms
        self.wall_ms += usage.result_ms
        self.memory_mb = max(self.memory_mb, usage.memory_mb)
        self.calls += usage.calls

    def fail(self, fault: SignalHubError) -> None:
        """Count a fault of the script, and keep the first."""
        self.errors += 1
        self.is_over |= self.errors >= FAULTS_MAXIMUM
        if self.error is None:
            line = fault.details.get("line")
            self.error = {"code": fault.code, "message": fault.message, "line": line}

    def keep_log(self, lines: Sequence[str], *, bar: str | None = None) -> None:
        """Keep lines of the log while there is room, with the bar they were written on."""
        room = LOG_LINES_KEPT - len(self.log)
        self.log += [f"{bar}: {line}" if bar else line for line in lines[:room]]
        self.log_dropped += max(0, len(lines) - room)

    def columns(self) -> dict[str, Any]:
        """Return what is kept with the trial."""
        dropped = [f"… and {self.log_dropped} more lines"] if self.log_dropped else []
        usage = {
            "runs": self.runs,
            "cpu_ms": round(self.cpu_ms, 3),
            "wall_ms": round(self.wall_ms, 3),
            "memory_mb": round(self.memory_mb, 1),
            "calls": self.calls,
            "errors": self.errors,
        }
        return {
            "outputs": self.outputs,
            "plots": self.plots,
            "log": self.log + dropped,
            "usage": usage,
            "error": self.error,
        }
