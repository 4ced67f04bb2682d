"""Where a remark on a line belongs after its source has changed."""

from __future__ import annotations

from collections.abc import Sequence

LINE_CHARACTERS = 500


def text_of_line(lines: Sequence[str], number: int) -> str:
    """Return what a line says, as it is kept with a remark on it."""
    return lines[number - 1].strip()[:LINE_CHARACTERS]


def find_line(text: str, *, near: int, lines: Sequence[str]) -> int | None:
    """Return the number of the line that still says a text, the nearest of several, or None.

    Indentation does not count. An empty text is nowhere: it could be any line.
    """
    if not text:
        return None
    numbers = [number for number in range(1, len(lines) + 1) if text_of_line(lines, number) == text]
    return min(numbers, key=lambda number: (abs(number - near), number), default=None)
