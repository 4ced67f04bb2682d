"""Which work to turn away at which load: the least important first, and never what is critical.

Which request of a kind goes is decided by its id, so that the same request at the same load gets
the same answer, here and on every other machine.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Priority(StrEnum):
    """How much depends on a piece of work."""

    CRITICAL = "critical"  # accepted signals, health, stopping and revoking
    HIGH = "high"  # what paid tiers run and follow
    MEDIUM = "medium"  # the same for the free tier
    LOW = "low"  # trials, evidence, exports: what can be done again later


@dataclass(frozen=True)
class Band:
    """From which load on some of a kind is shed, and which share of it at full load."""

    begins: float
    share: float


BANDS = {
    Priority.HIGH: Band(begins=0.9, share=0.2),
    Priority.MEDIUM: Band(begins=0.7, share=0.5),
    Priority.LOW: Band(begins=0.5, share=0.8),
}


def shed_share(priority: Priority, load: float) -> float:
    """Return which share of a kind of work is shed: linear from 0 at its band's beginning."""
    band = BANDS.get(priority)
    if band is None or load <= band.begins:
        return 0.0
    return band.share * (min(load, 1.0) - band.begins) / (1.0 - band.begins)


def is_shed(priority: Priority, load: float, request_id: str) -> bool:
    """Tell whether one request is turned away at a load."""
    share = shed_share(priority, load)
    return share > 0.0 and _place(request_id) < share


def shares_at(load: float) -> dict[str, float]:
    """Return which share of each kind is shed at a load."""
    return {priority.value: shed_share(priority, load) for priority in Priority}


def _place(request_id: str) -> float:
    # Even over [0, 1), whatever ids look like.
    digest = hashlib.blake2b(request_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
