"""How much is tried in a world."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How many runs a world is worth."""

    changed: int
    cut: int
    probes: int


THOROUGH = Effort(changed=96, cut=256, probes=72)
USUAL = Effort(changed=48, cut=72, probes=48)
LIGHT = Effort(changed=14, cut=14, probes=16)
LONG = Effort(changed=6, cut=12, probes=0)
# When the time is up.
LEAST = Effort(changed=4, cut=4, probes=4)
