"""The versions that wait for review, the riskiest first, each with the reasons."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from registry.capabilities import compare, gained
from registry.evidence_report import EvidenceReport, read_report
from registry.lifecycle import VersionStatus
from registry.models import ScriptVersion, VersionEvidence, VersionScreening
from registry.reach import Reach, reach_of
from registry.risk import Risk, RiskFacts, assess

# More than this wait in no order but that of their submission, after those that are ranked.
MAX_RANKED = 300


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One version of the queue."""

    version: ScriptVersion
    risk: Risk


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a version stands among those that somebody can review; a place is from 1 on."""

    place: int | None
    length: int
    following: uuid.UUID | None


def ranked_queue(versions: QuerySet[ScriptVersion], *, now: datetime) -> list[Waiting]:
    """Return those of some versions that wait for review, the riskiest first."""
    waiting = list(
        versions.filter(status=VersionStatus.SUBMITTED)
        .select_related("script", "author")
        .order_by("submitted_at", "pk")[:MAX_RANKED]
    )
    risks = risks_of(waiting, now=now)
    ranked = [Waiting(version=version, risk=risks[version.pk]) for version in waiting]
    # Of two with the same score the one that waits longer comes first: the sort is stable.
    return sorted(ranked, key=lambda each: -each.risk.score)


def position_in(queue: Sequence[Waiting], version: ScriptVersion) -> Position:
    """Return a version's place in a queue, and which one is to be looked at after it."""
    ids = [each.version.pk for each in queue]
    if version.pk not in ids:
        return Position(place=None, length=len(ids), following=ids[0] if ids else None)
    index = ids.index(version.pk)
    others = ids[index + 1 :] + ids[:index]
    return Position(place=index + 1, length=len(ids), following=others[0] if others else None)


def risks_of(versions: Sequence[ScriptVersion], *, now: datetime) -> dict[uuid.UUID, Risk]:
    """Return the risk of each of some versions, with as many queries as for one of them."""
    before = approved_before(versions)
    everyone = [*versions, *before.values()]
    screenings = _screenings(everyone)
    evidence = _evidence(versions)
    reaches = reach_of({version.script_id for version in versions}, at=now)
    return {
        version.pk: assess(
            _facts(
                version,
                before=before.get(version.pk),
                screenings=screenings,
                evidence=evidence.get(version.pk),
                reach=reaches[version.script_id],
                now=now,
            )
        )
        for version in versions
    }


def approved_before(versions: Sequence[ScriptVersion]) -> dict[uuid.UUID, ScriptVersion]:
    """Return, of each version, the one of its script that was approved and published before it."""
    released = (
        ScriptVersion.objects.filter(script__in={version.script_id for version in versions})
        .released()
        .order_by("-pk")
    )
    by_script: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for script_id, version_id in released.values_list("script_id", "pk"):
        by_script[script_id].append(version_id)
    chosen = {
        version.pk: next((each for each in by_script[version.script_id] if each < version.pk), None)
        for version in versions
    }
    found = released.in_bulk([each for each in chosen.values() if each])
    return {pk: found[each] for pk, each in chosen.items() if each}


def changed_lines(old: str, new: str) -> int:
    """Return roughly how many lines differ, in a time that the author cannot choose."""
    before, after = Counter(old.split("\n")), Counter(new.split("\n"))
    return (after - before).total() + (before - after).total()


def _facts(
    version: ScriptVersion,
    *,
    before: ScriptVersion | None,
    screenings: dict[uuid.UUID, VersionScreening],
    evidence: EvidenceReport | None,
    reach: Reach,
    now: datetime,
) -> RiskFacts:
    made = screenings.get(version.pk)
    earlier = screenings.get(before.pk) if before else None
    changes = compare(
        version.manifest,
        made.facts if made else None,
        before=before.manifest if before else None,
        facts_before=earlier.facts if earlier else None,
    )
    return RiskFacts(
        worst_level=made.worst_level if made else None,
        verdict=evidence.verdict if evidence else None,
        failing_runs=sum(1 for run in evidence.runs if run.errors) if evidence else 0,
        differs_between_runs=bool(evidence and evidence.is_deterministic is False),
        new_capabilities=gained(changes),
        changed_lines=changed_lines(before.source if before else "", version.source),
        is_first=before is None,
        users=reach.users,
        dependents=len(reach.dependents),
        days_waiting=max(0, (now - version.submitted_at).days) if version.submitted_at else 0,
    )


def _screenings(versions: Sequence[ScriptVersion]) -> dict[uuid.UUID, VersionScreening]:
    hashes = {version.pk: version.source_sha256 for version in versions}
    made = VersionScreening.objects.filter(version__in=list(hashes), screened_at__isnull=False)
    return {each.version_id: each for each in made if each.source_sha256 == hashes[each.version_id]}


def _evidence(versions: Sequence[ScriptVersion]) -> dict[uuid.UUID, EvidenceReport]:
    by_id = {version.pk: version for version in versions}
    kept: Any = VersionEvidence.objects.filter(version__in=list(by_id), made_at__isnull=False)
    return {
        each.version_id: read_report(each.report, made_at=each.made_at)
        for each in kept
        if each.source_sha256 == by_id[each.version_id].source_sha256
        and each.manifest_sha256 == by_id[each.version_id].manifest_sha256
    }
