"""What the operations page is made of: sections with rows of cells, and what can be done to a row.

Plain data; how it looks is the template's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from accounts.models import User
from accounts.platform import operates_platform

GOOD, WARN, BAD = "good", "warn", "bad"


@dataclass(frozen=True)
class Cell:
    """One value; ``tone`` is "", good, warn or bad, and ``small`` stands under it."""

    text: str
    tone: str = ""
    url: str = ""
    small: str = ""
    is_number: bool = False


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something that can be done to a row, behind a question; see ``deeds``.

    ``url`` is where it is asked; empty: on the page of the deed.
    """

    name: str
    target: str
    label: str
    url: str = ""


@dataclass(frozen=True)
class Row:
    """One line: its first cell names it."""

    cells: Sequence[Cell]
    deeds: Sequence[Deed] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a section shows; ``empty`` says what it means that there is nothing."""

    columns: Sequence[str]
    rows: Sequence[Row]
    empty: str = ""
    note: str = ""
    tone: str = ""
    deeds: Sequence[Deed] = ()  # to the whole of it
    has_deeds: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "has_deeds", any(row.deeds for row in self.rows))


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who looks, and when."""

    user: User
    now: datetime

    @cached_property
    def operates_platform(self) -> bool:
        """Tell whether the viewer may do what concerns every house."""
        return operates_platform(self.user)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a section's data come from; ``of_the_platform``: numbers that name nobody's script."""

    key: str
    title: str
    read: Callable[[Viewer], Table]
    of_the_platform: bool = False


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section as it is shown: its table, or why there is none."""

    key: str
    title: str
    table: Table | None = None
    problem: str = ""


def number(value: float, tone: str = "", *, digits: int = 0, small: str = "") -> Cell:
    """Return a cell with a number."""
    return Cell(f"{value:,.{digits}f}", tone=tone, small=small, is_number=True)


def age(seconds: float, *, too_much: float | None = None) -> Cell:
    """Return how long something has lasted; ``too_much`` is from where on it is bad."""
    tone = BAD if too_much is not None and seconds >= too_much else ""
    return Cell(duration(seconds), tone=tone, is_number=True)


def since(instant: datetime | None, now: datetime, *, never: str = "never") -> Cell:
    """Return how long ago something was, with the instant under it."""
    if instant is None:
        return Cell(never)
    ago = duration((now - instant).total_seconds())
    when = f"{instant:%H:%M:%S}" if instant.date() == now.date() else f"{instant:%Y-%m-%d %H:%M}"
    return Cell(f"{ago} ago", small=f"{when} UTC")


def duration(seconds: float) -> str:
    """Return a time in words that are short enough for a table."""
    if seconds < 1:
        return "under 1 s"
    left = timedelta(seconds=round(seconds))
    days, rest = left.days, left.seconds
    hours, minutes, rest = rest // 3600, rest % 3600 // 60, rest % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    said = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(said[:2])


def counted(count: int, one: str, many: str) -> str:
    """Return a number with the words for one or for many."""
    return f"{count:,} {one if count == 1 else many}"
