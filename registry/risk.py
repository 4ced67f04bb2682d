"""How closely a version that waits for review should be looked at, as a number with its reasons.

Decides only the order of the queue. It knows neither the version nor the people: what was found
out about both comes in as numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.evidence_report import Verdict

DAYS_COUNTED = 10


@dataclass(frozen=True, kw_only=True)
class RiskFacts:
    """What is known about a version; None stands for what is still being found out."""

    worst_level: str | None
    verdict: Verdict | None
    failing_runs: int
    differs_between_runs: bool
    new_capabilities: int
    changed_lines: int
    is_first: bool
    users: int
    dependents: int
    days_waiting: int


@dataclass(frozen=True)
class Reason:
    """One part of a score; the tone is "bad", "warn" or empty."""

    points: int
    words: str
    tone: str = ""


@dataclass(frozen=True)
class Risk:
    """A score with the reasons that add up to it, the weightiest first."""

    reasons: list[Reason]

    @property
    def score(self) -> int:
        """Return the sum of the reasons' points."""
        return sum(reason.points for reason in self.reasons)


def assess(facts: RiskFacts) -> Risk:
    """Return how risky a version looks, and why."""
    found = [
        *_screening(facts.worst_level),
        *_proof(facts.verdict),
        *_runs(facts),
        *_change(facts),
        *_reach(facts),
    ]
    return Risk(sorted(found, key=lambda reason: -reason.points))


def _screening(worst_level: str | None) -> Iterator[Reason]:
    if worst_level is None:
        yield Reason(10, "not screened yet", "warn")
    elif worst_level in ("rejected", "danger"):
        yield Reason(50 if worst_level == "rejected" else 40, f"screening: {worst_level}", "bad")
    elif worst_level == "caution":
        yield Reason(10, "screening: caution", "warn")


def _proof(verdict: Verdict | None) -> Iterator[Reason]:
    if verdict is None:
        yield Reason(10, "no evidence yet", "warn")
    elif verdict is Verdict.LOOKS_AHEAD:
        yield Reason(40, "looks ahead", "bad")
    elif verdict is Verdict.UNDECIDED:
        yield Reason(15, "look-ahead undecided", "warn")


def _runs(facts: RiskFacts) -> Iterator[Reason]:
    if facts.failing_runs:
        yield Reason(20, counted(facts.failing_runs, "failing test run"), "bad")
    if facts.differs_between_runs:
        yield Reason(15, "two runs differ", "bad")


def _change(facts: RiskFacts) -> Iterator[Reason]:
    if facts.is_first:
        yield Reason(10, "first version")
    elif facts.new_capabilities:
        points = min(20, 5 * facts.new_capabilities)
        yield Reason(points, f"{counted(facts.new_capabilities, 'new capability')}", "warn")
    size = next((points for least, points in _SIZES if facts.changed_lines >= least), 0)
    if size:
        yield Reason(size, counted(facts.changed_lines, "changed line"))


def _reach(facts: RiskFacts) -> Iterator[Reason]:
    users = next((points for least, points in _AUDIENCES if facts.users >= least), 0)
    if users:
        yield Reason(users, counted(facts.users, "user"))
    if facts.dependents:
        yield Reason(min(15, 5 * facts.dependents), counted(facts.dependents, "dependent script"))
    if facts.days_waiting:
        words = f"waiting {counted(facts.days_waiting, 'day')}"
        yield Reason(min(DAYS_COUNTED, facts.days_waiting), words)


_SIZES = ((200, 15), (50, 10), (10, 5), (1, 1))
_AUDIENCES = ((100, 20), (10, 10), (1, 5))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the right form."""
    if number == 1:
        return f"1 {noun}"
    many = f"{noun.removesuffix('y')}ies" if noun.endswith("ty") else f"{noun}s"
    return f"{number:,} {many}"
