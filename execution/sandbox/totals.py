"""What the runs of this process came to since it started. Counters only ever grow."""

import os
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from execution.sandbox.results import SandboxResult

SUMMED = ("duration_ms", "cpu_ms", "page_faults", "calls", "bytes_out")
# What nothing but an attack ends in.
VIOLATIONS = ("violation", "protocol")


@dataclass(frozen=True, kw_only=True)
class Totals:
    """One reading of a process's counters."""

    started_at: float
    runs: Mapping[str, int] = field(default_factory=dict)
    duration_ms: float = 0.0
    cpu_ms: float = 0.0
    page_faults: int = 0
    calls: int = 0
    bytes_out: int = 0

    @property
    def errors(self) -> int:
        """How many runs ended other than well."""
        return sum(self.runs.values()) - self.runs.get("ok", 0)

    @property
    def timeouts(self) -> int:
        """How many runs took too long."""
        return self.runs.get("timeout", 0)

    @property
    def violations(self) -> int:
        """How many runs did what only an attack does."""
        return sum(self.runs.get(status, 0) for status in VIOLATIONS)


class _Counters:
    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.lock = threading.Lock()
        self.started_at = time.time()
        self.runs: Counter[str] = Counter()
        self.sums: dict[str, float] = dict.fromkeys(SUMMED, 0)


_counters = _Counters()
# A forked child begins its own account; its parent's runs are its parent's.
os.register_at_fork(after_in_child=_counters.begin)


def count(results: Sequence[SandboxResult]) -> list[SandboxResult]:
    """Add runs that ended to this process's totals and return them."""
    with _counters.lock:
        for result in results:
            _counters.runs[result.status] += 1
            for name in SUMMED:
                _counters.sums[name] += getattr(result.usage, name)
    return list(results)


def current() -> Totals:
    """Return what this process's runs came to so far."""
    with _counters.lock:
        return Totals(
            started_at=_counters.started_at,
            runs=dict(_counters.runs),
            duration_ms=_counters.sums["duration_ms"],
            cpu_ms=_counters.sums["cpu_ms"],
            page_faults=int(_counters.sums["page_faults"]),
            calls=int(_counters.sums["calls"]),
            bytes_out=int(_counters.sums["bytes_out"]),
        )
