"""The top of a version's page: what it comes to in a line, and the figures behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.admin.dossier_code import Code
from registry.admin.screening import Report
from registry.capabilities import Change
from registry.evidence_report import EvidenceReport, Verdict
from registry.reach import Reach
from registry.risk import counted

BAD, WARN, GOOD, PENDING = "bad", "warn", "good", "pending"


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure with its name and where its details are."""

    title: str
    value: str
    note: str
    tone: str
    anchor: str
    phrase: str = ""  # what the verdict says of it, where it says anything


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a reviewer sees first."""

    tone: str
    verdict: str
    tiles: list[Tile]


def summarise(
    *,
    code: Code,
    capabilities: Sequence[Change],
    screening: Report,
    evidence: EvidenceReport | None,
    reach: Reach,
) -> Summary:
    """Return the verdict line and the figures."""
    tiles = [
        _change(code, capabilities),
        _findings(screening),
        _proof(evidence),
        _runs(evidence),
        _cost(evidence),
        _affected(reach),
    ]
    tones = [tile.tone for tile in tiles]
    tone = next((each for each in (BAD, PENDING, WARN) if each in tones), GOOD)
    return Summary(tone=tone, verdict=_verdict(tone, tiles, evidence), tiles=tiles)


def _verdict(tone: str, tiles: Sequence[Tile], evidence: EvidenceReport | None) -> str:
    worst_first = sorted(tiles, key=lambda tile: tile.tone != BAD)
    noteworthy = [tile.phrase for tile in worst_first if tile.tone in (BAD, WARN) and tile.phrase]
    listed = ", ".join(noteworthy)
    if tone == PENDING:
        seen = f" So far: {listed}." if listed else ""
        if evidence is not None:
            return f"Screening is still under way.{seen}"
        return f"The evidence is still being made. It can be approved once it is there.{seen}"
    if tone == BAD:
        return f"Look closely: {listed}."
    if tone == WARN:
        return f"Worth a second look: {listed}."
    proof = f"; no look-ahead in {evidence.scope}" if evidence else ""
    return f"Nothing stands out. Screening: {tiles[1].value}{proof}."


def _change(code: Code, capabilities: Sequence[Change]) -> Tile:
    gained = [change for change in capabilities if change.added]
    if not code.is_compared:
        return Tile(
            title="Change",
            value="first version",
            note="all of it is new",
            tone="",
            anchor="changes",
        )
    new = sum(len(change.added) for change in gained)
    return Tile(
        title="Change",
        value=f"{code.added} added, {code.removed} removed" if code.is_changed else "same source",
        note=f"{counted(new, 'new capability')}" if new else "no new capability",
        tone=WARN if new else "",
        anchor="capabilities" if new else "changes",
        phrase=f"it gains {counted(new, 'capability')}",
    )


def _findings(screening: Report) -> Tile:
    tone, value = GOOD, "nothing found"
    if screening.screened_at is None:
        tone, value = PENDING, "pending"
    elif screening.findings:
        worst = screening.findings[0]["level"]
        tone = BAD if screening.is_grave else WARN if worst == "caution" else ""
        value = screening.summary
    worst_words = f"{screening.findings[0]['category']}" if screening.findings else "by reading it"
    return Tile(
        title="Screening",
        value=value,
        note=worst_words,
        tone=tone,
        anchor="screening",
        phrase=f"screening found {value}",
    )


_PROOF = {
    Verdict.CLEAN: (GOOD, "does not look ahead"),
    Verdict.LOOKS_AHEAD: (BAD, "looks ahead"),
    Verdict.UNDECIDED: (WARN, "undecided"),
}


def _proof(evidence: EvidenceReport | None) -> Tile:
    tone, value = (PENDING, "pending") if evidence is None else _PROOF[evidence.verdict]
    note = f"in {evidence.scope}" if evidence else "being made"
    words = "the look-ahead proof is undecided" if tone == WARN else f"it {value}"
    return Tile(title="Look-ahead", value=value, note=note, tone=tone, anchor="proof", phrase=words)


def _runs(evidence: EvidenceReport | None) -> Tile:
    if evidence is None:
        return Tile(
            title="Test runs", value="pending", note="being made", tone=PENDING, anchor="runs"
        )
    problems = list(_problems(evidence))
    return Tile(
        title="Test runs",
        value=problems[0] if problems else counted(len(evidence.runs), "instrument"),
        note=counted(evidence.outputs, "output"),
        tone=BAD if problems else GOOD if evidence.runs else WARN,
        anchor="runs",
        phrase=" and ".join(problems) if problems else "no test run could be made",
    )


def _problems(evidence: EvidenceReport) -> Iterator[str]:
    failing = sum(1 for run in evidence.runs if run.errors)
    if failing:
        yield f"{failing} of {counted(len(evidence.runs), 'test run')} failed"
    if evidence.is_deterministic is False:
        yield "two runs differ"


def _cost(evidence: EvidenceReport | None) -> Tile:
    cost = evidence.cost if evidence else None
    if cost is None:
        value, note = ("pending", "being made") if evidence is None else ("unknown", "no run ended")
        tone = PENDING if evidence is None else ""
        return Tile(title="Cost", value=value, note=note, tone=tone, anchor="cost")
    return Tile(
        title="Cost",
        value=f"{cost.cpu_ms_mean:.1f} ms a run",
        note=f"{cost.memory_mb_max:.0f} MB at most",
        tone="",
        anchor="cost",
    )


def _affected(reach: Reach) -> Tile:
    return Tile(
        title="Affected",
        value=counted(reach.users, "user"),
        note=counted(len(reach.dependents), "dependent script"),
        tone="",
        anchor="affected",
    )
