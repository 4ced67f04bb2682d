"""A tick as it arrives: a trade, a quote, or both. Knows no table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

EVENT_ID_MAX = 64
CHANGED_MARK = "~"  # between a source's name for an event and the digest of a changed repetition
SOURCE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,39}")
FIRST_AT, LAST_AT = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
SEQUENCE_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTick:
    """What one source says of one instrument at one instant.

    ``price`` and ``size`` are of a trade, ``bid`` and ``ask`` of a quote, in the instrument's
    currency and units; what a tick does not say is None. No two ticks of one source and instrument
    share an ``event_id``. ``sequence`` is the source's own count, which goes up by one from tick to
    tick of the instrument.
    """

    instrument_key: str
    at: datetime
    source: str
    event_id: str
    price: float | None = None
    size: float | None = None
    bid: float | None = None
    ask: float | None = None
    sequence: int | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what no two ticks share."""
        return self.instrument_key, self.source, self.event_id

    @property
    def values(self) -> tuple[float | None, ...]:
        """Return price, size, bid and ask."""
        return self.price, self.size, self.bid, self.ask

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.at.isoformat()} ({self.source} {self.event_id})"


def problems_of(tick: NewTick) -> Iterator[tuple[str, str]]:
    """Yield ``(field, what is wrong)`` for all that keeps a tick from being kept at all."""
    if not tick.instrument_key:
        yield "instrument", "is empty"
    if tick.at.tzinfo is None:
        yield "at", "needs a time zone"
    elif not FIRST_AT <= tick.at < LAST_AT:
        yield "at", f"is {tick.at.isoformat()}, which is not from 1970 to 2200"
    if SOURCE.fullmatch(tick.source) is None:
        yield "source", "is 1 to 40 small letters, digits and _ . : -"
    if not 1 <= len(tick.event_id) <= EVENT_ID_MAX or not tick.event_id.isprintable():
        yield "event_id", f"is 1 to {EVENT_ID_MAX} characters that can be printed"
    elif CHANGED_MARK in tick.event_id:
        yield "event_id", f"has a {CHANGED_MARK}, which is ours"
    if tick.price is None and tick.bid is None and tick.ask is None:
        yield "price", "is missing, and bid and ask too: the tick says nothing"
    if tick.sequence is not None and not 0 <= tick.sequence <= SEQUENCE_MAX:
        yield "sequence", f"is not from 0 to {SEQUENCE_MAX}"
