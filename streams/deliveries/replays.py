"""Which outputs of a stream are to be sent again: ranges of numbers. Knows no table."""

from __future__ import annotations

from collections.abc import Iterable

Numbers = tuple[int, int]  # the first and the last, both of them included


def merged(ranges: Iterable[Numbers]) -> list[Numbers]:
    """Return ranges in order, with each number once: those that touch become one."""
    found: list[Numbers] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def count(ranges: Iterable[Numbers]) -> int:
    """Return how many outputs ranges hold that do not overlap."""
    return sum(last - first + 1 for first, last in ranges)
