"""One line of the benchmark: a figure of ours beside its floor or peer, from the same run."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BenchRow:
    """A measured ratio and the goal it is held to."""

    name: str
    ratio: float
    goal: float
    floor: float
    value: float
    unit: str
    # Most goals are upper bounds; a speed-up is a lower one.
    at_least: bool = False

    @property
    def ok(self) -> bool:
        """Whether the goal is met."""
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal
