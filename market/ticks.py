"""A tick as it arrives: a trade, a quote, or both. Knows no table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTick:
    """What one source says of one instrument at one instant.

    ``price`` and ``size`` are of a trade, ``bid`` and ``ask`` of a quote, in the instrument's
    currency and units; what a tick does not say is None. No two ticks of one source and instrument
    share an ``event_id``.
    """

    instrument_key: str
    at: datetime
    source: str
    event_id: str
    price: float | None = None
    size: float | None = None
    bid: float | None = None
    ask: float | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what no two ticks share."""
        return self.instrument_key, self.source, self.event_id

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.at.isoformat()} ({self.source} {self.event_id})"
