"""What a run leaves behind: its outputs, or the one error that explains why there are none."""

from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal[
    "ok",
    "error",
    "rejected",
    "timeout",
    "memory",
    "output_limit",
    "violation",
    "crashed",
    "protocol",
]


@dataclass(frozen=True, kw_only=True)
class ScriptError:
    """What went wrong in a script, and on which of its own lines when that is known."""

    type: str
    message: str
    line: int | None
    # The name in `SandboxLimits` of the limit that was reached, when one was.
    limit: str | None = None


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A line that a script drew for people to look at."""

    name: str
    # `color` (or None), `style`, `panel` ("price" lies over the bars) and `width`.
    options: dict[str, Any]
    # ISO 8601 instants in UTC, ascending, and a number or None for each.
    timestamps: list[str]
    values: list[float | None]


@dataclass(frozen=True, kw_only=True)
class SandboxUsage:
    """What a run used, as the kernel counted it; the guest reports none of it."""

    duration_ms: float
    # Until the result was in hand; the rest of `duration_ms` is the guest's process going away.
    result_ms: float
    cpu_ms: float
    # The largest resident set of the guest, with the libraries it shares with its zygote.
    memory_mb: float
    page_faults: int
    calls: int
    bytes_out: int
    exit: str


@dataclass(frozen=True, kw_only=True)
class SandboxResult:
    """The whole outcome of one run."""

    status: Status
    # Each has exactly `value`, `timestamp` and `metadata`: the emitted in order, then `result`.
    outputs: list[dict[str, Any]] = field(default_factory=list)
    # How many of the outputs were emitted; they come first.
    signals: int = 0
    # How many of the outputs are rows of a whole window; they come last. None without such rows.
    rows: int | None = None
    error: ScriptError | None = None
    log: list[str] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    usage: SandboxUsage

    @property
    def limit(self) -> str | None:
        """The name of the limit that ended the run, when one did."""
        return self.error.limit if self.error else None
