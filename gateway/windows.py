"""Bars that several runs read at once: a stretch is fetched once, shorter ones are its end."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from gateway.requests import BARS_MAX
from market import queries
from market.aggregation import BarColumns

# Runs of one script ask for more bars or fewer, as their params say; some too many cost little.
FEWEST = 256


class NewestBars(Protocol):
    """Whoever finds the newest bars that had closed by an instant."""

    def __call__(
        self, key: str, timeframe: str, /, *, as_of: datetime, limit: int
    ) -> BarColumns: ...


class Windows:
    """Newest bars by market and instant, as they were when the first run asked for them."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, datetime], tuple[int, BarColumns]] = {}

    def __call__(self, key: str, timeframe: str, /, *, as_of: datetime, limit: int) -> BarColumns:
        """Return the newest ``limit`` bars that had closed by ``as_of``."""
        asked, found = self._found.get((key, timeframe, as_of), (0, None))
        if found is None or (asked < limit and len(found) == asked):
            asked = min(BARS_MAX, max(FEWEST, 1 << (limit - 1).bit_length()))
            found = queries.bars_between(key, timeframe, as_of=as_of, limit=asked)
            self._found[key, timeframe, as_of] = asked, found
        return found.part(slice(-limit, None))
