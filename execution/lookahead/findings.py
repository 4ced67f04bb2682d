"""What experiments come to: a counter-example, a reason why nothing is decided, or neither."""

from __future__ import annotations

from dataclasses import dataclass, field

from execution.lookahead.comparison import Difference
from execution.lookahead.world import World


@dataclass(frozen=True, kw_only=True)
class CounterExample:
    """A bar whose value depends on what came after it."""

    world: World
    difference: Difference
    how: str  # truncated or perturbed


@dataclass(kw_only=True)
class Proof:
    """What was tried, and what came of it."""

    counter_example: CounterExample | None = None
    undecided: str = ""
    problems: list[str] = field(default_factory=list)
    worlds: int = 0
    compared: int = 0
    runs: int = 0
    # Whether anything at all was said about a bar, and whether that ever changed.
    spoken: set[str] = field(default_factory=set)

    @property
    def verdict(self) -> str:
        """clean, looks_ahead or undecided."""
        if self.counter_example is not None:
            return "looks_ahead"
        return "undecided" if self.undecided else "clean"


class NotDeterministic(Exception):
    """Two runs on the same bars said different things."""
