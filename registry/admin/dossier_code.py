"""The changed source with what screening and people said about its lines, beside those lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from registry.admin.sources import CodeLine, code_lines
from registry.comments import PlacedComment

CONTEXT_LINES = 3
# A button that unfolds two lines takes more room than they do.
LEAST_FOLDED = 4


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line with what was said about it; a stop is where a reviewer's eye should rest."""

    line: CodeLine
    findings: list[dict[str, Any]] = field(default_factory=list)
    comments: list[PlacedComment] = field(default_factory=list)
    starts_a_change: bool = False
    is_asked_about: bool = False

    @property
    def has_notes(self) -> bool:
        """Tell whether anything stands below the line."""
        return bool(self.findings or self.comments or self.is_asked_about)


@dataclass(frozen=True, kw_only=True)
class Block:
    """Lines that are shown or folded together."""

    number: int
    rows: list[Row]
    is_folded: bool


@dataclass(frozen=True, kw_only=True)
class Code:
    """The source of a version as its page shows it."""

    blocks: list[Block]
    added: int
    removed: int
    is_compared: bool
    is_whole: bool
    lost_comments: list[PlacedComment]

    @property
    def is_changed(self) -> bool:
        """Tell whether any line differs from the version before."""
        return bool(self.added or self.removed)


def annotated(
    source: str,
    *,
    before: str | None,
    findings: Iterable[dict[str, Any]],
    comments: Sequence[PlacedComment],
    asked_about: int | None,
    whole: bool,
) -> Code:
    """Return a source with its notes; far from changes and notes it is folded unless whole."""
    lines = code_lines(source, before=before)
    rows = list(_rows(lines, findings, comments, asked_about))
    is_whole = whole or before is None
    return Code(
        blocks=_blocks(rows, is_whole=is_whole),
        added=sum(1 for line in lines if line.kind == "added"),
        removed=sum(1 for line in lines if line.kind == "removed"),
        is_compared=before is not None,
        is_whole=is_whole,
        lost_comments=[comment for comment in comments if comment.line is None],
    )


def _rows(
    lines: Sequence[CodeLine],
    findings: Iterable[dict[str, Any]],
    comments: Iterable[PlacedComment],
    asked_about: int | None,
) -> Iterator[Row]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    said: dict[int, list[PlacedComment]] = defaultdict(list)
    for finding in findings:
        found[finding["line"] or 0].append(finding)
    for comment in comments:
        said[comment.line or 0].append(comment)
    previous = "same"
    for line in lines:
        number = line.new_number
        yield Row(
            line=line,
            findings=found[number] if number else [],
            comments=said[number] if number else [],
            starts_a_change=line.kind != "same" and previous == "same",
            is_asked_about=number is not None and number == asked_about,
        )
        previous = line.kind


def _blocks(rows: Sequence[Row], *, is_whole: bool) -> list[Block]:
    shown = [True] * len(rows) if is_whole else _shown(rows)
    numbers = range(len(rows))
    blocks: list[Block] = []
    for is_shown, group in groupby(numbers, key=lambda index: shown[index]):
        part = [rows[index] for index in group]
        is_folded = not is_shown and len(part) >= LEAST_FOLDED
        if blocks and not is_folded and not blocks[-1].is_folded:
            blocks[-1].rows.extend(part)
        else:
            blocks.append(Block(number=len(blocks), rows=part, is_folded=is_folded))
    return blocks


def _shown(rows: Sequence[Row]) -> list[bool]:
    shown = [False] * len(rows)
    for index, row in enumerate(rows):
        if row.line.kind != "same" or row.has_notes:
            first, last = max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1
            shown[first:last] = [True] * len(shown[first:last])
    return shown
