"""What a version's runs showed, as its page says it: those for its review, and all later ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from uuid import UUID

from registry.admin.sources import visible
from registry.evidence_report import Difference, EvidenceReport, read_report
from registry.lifecycle import VersionStatus
from registry.models import ScriptVersion, VersionBehaviour, VersionEvidence
from registry.services.evidence import ATTEMPTS_MAXIMUM
from registry.services.evidence_gate import evidence_of

GOOD = "ok"
BAD = ("violation", "protocol")


@dataclass(frozen=True, kw_only=True)
class Count:
    """How often something was seen; tone is "good", "bad" or "warn"."""

    name: str
    times: int
    tone: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A version's behaviour, in the order in which one asks about it."""

    runs: int
    outcomes: list[Count]
    limits: list[Count]
    reads: list[Count]
    calls: int
    memory_mb: float
    cpu_ms: float
    duration_ms: float
    violation: UUID | None
    violation_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Whether evidence is still being made, and why it may take longer."""

    is_asked_for: bool
    problem: str


_HOW = {
    "truncated": "when the bars after it are left out",
    "perturbed": "when the bars after it are changed",
}


def instant_in_words(text: str) -> str:
    """Return an ISO 8601 instant as people write it; anything else as it is."""
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return text
    return f"{at:%Y-%m-%d}" if at.time() == time() else f"{at:%Y-%m-%d %H:%M} UTC"


def difference_in_words(found: Difference) -> str:
    """Return the first difference of a look-ahead proof as a sentence."""
    how = _HOW.get(found.how, "when what comes after it is different")
    bar = instant_in_words(found.bar)
    return visible(
        f"On {found.instrument}, at the bar of {bar}, {found.field} is {found.full} with the "
        f"whole history and {found.changed} {how}."
    )


def report_on(version: ScriptVersion) -> EvidenceReport | None:
    """Return what the evidence about exactly a version's source and manifest says, or None."""
    kept = evidence_of(version)
    if kept is None or kept.made_at is None:
        return None
    return read_report(kept.report, made_at=kept.made_at)


def progress_of(version: ScriptVersion, made: EvidenceReport | None) -> Progress:
    """Return how far the evidence about a version is."""
    kept = VersionEvidence.objects.filter(version=version).first()
    if kept is None:
        return Progress(is_asked_for=version.status == VersionStatus.SUBMITTED, problem="")
    wished_at = kept.requested_at
    later = wished_at is not None and (kept.made_at is None or kept.made_at < wished_at)
    pending = later or (made is None and version.status == VersionStatus.SUBMITTED)
    was_given_up = kept.attempts >= ATTEMPTS_MAXIMUM and kept.lease_until is None
    return Progress(is_asked_for=pending and not was_given_up, problem=kept.problem)


def behaviour_of(version: ScriptVersion) -> Evidence | None:
    """Return what a version's runs did, or None while there was none."""
    seen = VersionBehaviour.objects.filter(version=version).first()
    if seen is None:
        return None
    return Evidence(
        runs=seen.runs,
        outcomes=[
            Count(name=_in_words(name), times=times, tone=_tone(name))
            for name, times in _most_first(seen.outcomes)
        ],
        limits=_counts(seen.limits_hit, tone="warn"),
        reads=_counts(seen.reads, tone=""),
        calls=seen.calls,
        memory_mb=seen.most_memory_mb,
        cpu_ms=seen.most_cpu_ms,
        duration_ms=seen.most_duration_ms,
        violation=seen.last_violation_execution,
        violation_at=seen.last_violation_at,
        updated_at=seen.updated_at,
    )


def _counts(seen: Mapping[str, int], *, tone: str) -> list[Count]:
    return [
        Count(name=_in_words(name), times=times, tone=tone) for name, times in _most_first(seen)
    ]


def _most_first(seen: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(seen.items(), key=lambda item: (-item[1], item[0]))


def _tone(outcome: str) -> str:
    if outcome == GOOD:
        return "good"
    return "bad" if outcome in BAD else "warn"


def _in_words(name: str) -> str:
    return name.replace("_", " ")
