"""The length of a bar, and where bars of that length begin and end.

Bars of less than a day are counted from midnight UTC, bars of several days from 1970-01-01.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from common.errors import InvalidInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_OF_UNIT = {"m": 60, "h": 3600, "d": 86_400}
_MAXIMUM_OF_UNIT = {"m": 1440, "h": 24, "d": 30}
_SPELLING = re.compile(r"([1-9][0-9]{0,3})([mhd])")


class UnknownTimeframe(InvalidInput):
    """A timeframe is 1m to 1440m, 1h to 24h or 1d to 30d."""

    code = "unknown_timeframe"


@dataclass(frozen=True, order=True)
class Timeframe:
    """The length of a bar, such as ``Timeframe("5m")``.

    Equal lengths are equal however they were written: ``Timeframe("60m").name`` is ``"1h"``.

    Raises
    ------
    UnknownTimeframe
        The text is no timeframe.
    """

    seconds: int

    def __init__(self, text: str) -> None:
        # The order of fields is the order of lengths, so the name is derived, not stored.
        object.__setattr__(self, "seconds", _seconds_of(text))

    @property
    def name(self) -> str:
        """Return the shortest spelling, which is the one stored."""
        for unit in ("d", "h", "m"):
            if self.seconds % _SECONDS_OF_UNIT[unit] == 0:
                return f"{self.seconds // _SECONDS_OF_UNIT[unit]}{unit}"
        raise AssertionError(self.seconds)

    @property
    def length(self) -> timedelta:
        """Return the length of a bar."""
        return timedelta(seconds=self.seconds)

    def floor(self, instant: datetime) -> datetime:
        """Return when the bar that contains an instant opened; the opening belongs to its bar."""
        day = instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = EPOCH if self.seconds > _SECONDS_OF_UNIT["d"] else day
        return start + (instant - start) // self.length * self.length

    def closes_at(self, opened_at: datetime) -> datetime:
        """Return when a bar ends; that instant is outside the bar.

        A day that the length does not divide ends with a shorter bar.
        """
        end = opened_at + self.length
        if self.seconds >= _SECONDS_OF_UNIT["d"]:
            return end
        return min(end, Timeframe("1d").floor(opened_at) + timedelta(days=1))

    def __str__(self) -> str:
        return self.name


def _seconds_of(text: str) -> int:
    found = _SPELLING.fullmatch(text)
    if found is None or int(found[1]) > _MAXIMUM_OF_UNIT[found[2]]:
        raise UnknownTimeframe(
            f"timeframe: {text!r} is none; write 1m to 1440m, 1h to 24h or 1d to 30d, "
            "for example 5m, 1h or 1d.",
            field="timeframe",
        )
    return int(found[1]) * _SECONDS_OF_UNIT[found[2]]
