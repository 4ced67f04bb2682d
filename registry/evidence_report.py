"""What the evidence about a version says, read from the report that was kept with it.

Whoever runs versions makes the report and hands it up as data; here it is only understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What the look-ahead proof came to."""

    CLEAN = "clean"
    LOOKS_AHEAD = "looks_ahead"
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True)
class TestRun:
    """One run over the history of one instrument."""

    trial_id: str
    instrument: str
    timeframe: str
    first_bar: str
    last_bar: str
    bars: int
    outputs: int
    sides: Mapping[str, int]
    errors: int
    first_error: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first value that a later bar changed."""

    instrument: str
    bar: str
    field: str
    full: Any
    changed: Any
    how: str


@dataclass(frozen=True, kw_only=True)
class StartLength:
    """How far a run that starts so many bars back is from one over the whole history."""

    bars: int
    differing: int
    largest_relative_difference: float

    @property
    def percent(self) -> str:
        """Return the largest difference in per cent."""
        return f"{100 * self.largest_relative_difference:.3g} %"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the runs used."""

    runs: int
    cpu_ms_mean: float
    cpu_ms_max: float
    wall_ms_mean: float
    memory_mb_max: float
    calls_mean: float


@dataclass(frozen=True, kw_only=True)
class EvidenceReport:
    """A report, read: what every part is missing from is empty or None."""

    made_at: datetime
    runs: list[TestRun]
    verdict: Verdict
    reason: str
    compared_values: int
    comparing_runs: int
    first_difference: Difference | None
    recommended_min_history: int | None
    start_lengths: list[StartLength]
    determinism_runs: int
    is_deterministic: bool | None
    hashes: list[str]
    cost: Cost | None
    note: str

    @property
    def scope(self) -> str:
        """Return what the proof rests on: the values it compared, or else its runs."""
        if self.compared_values:
            return f"{self.compared_values:,} compared values"
        return f"{self.comparing_runs:,} runs"

    @property
    def outputs(self) -> int:
        """Return how many outputs the test runs put out."""
        return sum(run.outputs for run in self.runs)

    @property
    def errors(self) -> int:
        """Return how many bars of the test runs ended with an error."""
        return sum(run.errors for run in self.runs)


def read_report(report: Mapping[str, Any], *, made_at: datetime) -> EvidenceReport:
    """Return what a kept report says; a proof that is missing or unknown is undecided."""
    proof = report.get("lookahead") or {}
    startup = report.get("startup") or {}
    determinism = report.get("determinism") or {}
    known = proof.get("verdict") in list(Verdict)
    return EvidenceReport(
        made_at=made_at,
        runs=[_test_run(run) for run in report.get("trials") or ()],
        verdict=Verdict(proof["verdict"]) if known else Verdict.UNDECIDED,
        reason=proof.get("reason") or ("" if known else "No proof was made."),
        compared_values=proof.get("compared_values") or 0,
        comparing_runs=proof.get("runs") or 0,
        first_difference=_difference(proof.get("first_difference")),
        recommended_min_history=startup.get("recommended_min_history"),
        start_lengths=[_start_length(each) for each in startup.get("lengths") or ()],
        determinism_runs=determinism.get("runs") or 0,
        is_deterministic=determinism.get("same"),
        hashes=list(determinism.get("hashes") or ()),
        cost=_cost(report.get("cost")),
        note=report.get("note") or "",
    )


def _test_run(run: Mapping[str, Any]) -> TestRun:
    return TestRun(
        trial_id=str(run.get("trial_id") or ""),
        instrument=run["instrument"],
        timeframe=run["timeframe"],
        first_bar=run.get("from") or "",
        last_bar=run.get("to") or "",
        bars=run.get("bars") or 0,
        outputs=run.get("outputs") or 0,
        sides=run.get("sides") or {},
        errors=run.get("errors") or 0,
        first_error=run.get("first_error"),
    )


def _difference(found: Mapping[str, Any] | None) -> Difference | None:
    if not found:
        return None
    return Difference(
        instrument=found.get("instrument") or "",
        bar=found.get("bar") or "",
        field=found.get("field") or "",
        full=found.get("full"),
        changed=found.get("changed"),
        how=found.get("how") or "",
    )


def _start_length(length: Mapping[str, Any]) -> StartLength:
    return StartLength(
        bars=length["bars"],
        differing=length.get("differing") or 0,
        largest_relative_difference=length.get("largest_relative_difference") or 0.0,
    )


def _cost(cost: Mapping[str, Any] | None) -> Cost | None:
    if not cost:
        return None
    return Cost(
        runs=cost.get("runs") or 0,
        cpu_ms_mean=cost.get("cpu_ms_mean") or 0.0,
        cpu_ms_max=cost.get("cpu_ms_max") or 0.0,
        wall_ms_mean=cost.get("wall_ms_mean") or 0.0,
        memory_mb_max=cost.get("memory_mb_max") or 0.0,
        calls_mean=cost.get("calls_mean") or 0.0,
    )
