"""How much more the platform can take: readings against the numbers from which each is too much.

A reading at its number makes the load 0.5; at twice its number it is 1, and nothing more fits.
Plain arithmetic: it knows neither where readings come from nor what follows from a load.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

TOO_MUCH_AT = 0.5
# Busy processors and full memory are what one pays for while nothing waits for them.
WAITING_FROM = 0.25


@dataclass(frozen=True, kw_only=True)
class Readings:
    """What was measured. Shares go from 0 to 1; ``requests`` is the share of a process's room."""

    queue_depth: float = 0.0
    p99_seconds: float = 0.0  # of the wait for a worker
    errors: float = 0.0
    requests: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """From where on each reading is too much."""

    queue_depth: float = 1000.0
    p99_seconds: float = 5.0
    errors: float = 0.10
    requests: float = 0.5
    cpu: float = 0.8
    memory: float = 0.85


@dataclass(frozen=True, kw_only=True)
class Load:
    """How loaded the platform is, from 0 to 1, and which reading says so."""

    value: float
    cause: str
    parts: dict[str, float]


THRESHOLDS = Thresholds()
_WAIT = ("queue_depth", "p99_seconds", "errors", "requests")


def load_of(readings: Readings, thresholds: Thresholds = THRESHOLDS) -> Load:
    """Return the load: that of the worst reading.

    Processors and memory count only while something waits.
    """
    parts = {
        field.name: min(
            1.0, TOO_MUCH_AT * getattr(readings, field.name) / getattr(thresholds, field.name)
        )
        for field in fields(Readings)
    }
    waiting = max(parts[name] for name in _WAIT)
    counted = parts if waiting >= WAITING_FROM else {name: parts[name] for name in _WAIT}
    cause = max(counted, key=lambda name: counted[name])
    return Load(value=counted[cause], cause=cause if counted[cause] else "", parts=parts)
