"""The bars a trial runs over: their instants, and what the script sees and may read on each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from common.canonical import digest
from execution.sandbox.reads import ReadAnswerer
from execution.services.answers import answerer_of
from gateway import reads
from gateway.requests import BARS_MAX, MarketDataRequest, UpstreamOutputs

# So that a moving average has its first value on the first bar of the trial.
WARM_UP_BARS = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class History:
    """Some newest closed bars of an instrument, numbered from 0, oldest first."""

    user: User
    instrument_key: str
    timeframe: str
    params: Mapping[str, Any]
    script_id: str
    # All that is known, of which the last `length` are the history's own.
    opened: Sequence[datetime]
    closed: Sequence[datetime]
    length: int
    upstreams: Sequence[Mapping[str, UpstreamOutputs]] = field(default=())

    def __len__(self) -> int:
        return self.length

    @property
    def window_length(self) -> int:
        """How many bars there are with those before the first."""
        return len(self.opened)

    def opened_at(self, bar: int) -> datetime:
        """Return when a bar opened."""
        return self.opened[self._first + bar]

    def closes_at(self, bar: int) -> datetime:
        """Return when a bar closed."""
        return self.closed[self._first + bar]

    def name_of(self, bar: int) -> str:
        """Return a bar's opening in short, for a line of the log."""
        at = self.opened_at(bar)
        return f"{at:%Y-%m-%d}" if self.timeframe.endswith("d") else f"{at:%Y-%m-%d %H:%M}"

    def bar_at(self, instant: datetime) -> int:
        """Return the number of the bar in which an instant lies; negative before the first."""
        return bisect_right(self.opened, instant) - 1 - self._first

    def context(self, bar: int) -> dict[str, Any]:
        """Return what the script sees on a bar, as in a run of its own."""
        return {
            "instrument": self.instrument_key,
            "instrument_key": self.instrument_key,
            "timeframe": self.timeframe,
            "params": dict(self.params),
            "timestamp": self.closes_at(bar).isoformat(),
            "user_id": str(self.user.pk),
            "script_id": self.script_id,
            "seed": int(digest(dict(self.params))[:8], 16),
        }

    def window_context(self) -> dict[str, Any]:
        """Return what the script sees when it is asked for all bars at once."""
        window = {"every_row": True, "bars": self.window_length}
        return self.context(self.length - 1) | window

    def answerer(self, bar: int) -> ReadAnswerer:
        """Return what answers the script's reads on a bar: the gateway, as of its close."""
        return answerer_of(self.reader(bar))

    def reader(self, bar: int) -> reads.Reader:
        """Return what reads on a bar, as of its close."""
        return reads.reader_for(
            self.user,
            None,
            instrument_key=self.instrument_key,
            timeframe=self.timeframe,
            as_of=self.closes_at(bar),
            upstream=self.upstreams[bar] if self.upstreams else {},
        )

    @property
    def _first(self) -> int:
        return len(self.opened) - self.length


def read_history(
    user: User,
    *,
    instrument_key: str,
    timeframe: str,
    params: Mapping[str, Any],
    script_id: str,
    bars: int,
    now: datetime,
) -> History:
    """Return the newest closed bars of an instrument; fewer where its history is shorter."""
    reader = reads.reader_for(
        user, None, instrument_key=instrument_key, timeframe=timeframe, as_of=now, upstream={}
    )
    table = reader.read(MarketDataRequest(bars=min(bars + WARM_UP_BARS, BARS_MAX)))
    opened = [_EPOCH + timedelta(microseconds=int(ns) // 1000) for ns in table.index_ns]
    return History(
        user=user,
        instrument_key=instrument_key,
        timeframe=timeframe,
        params=params,
        script_id=script_id,
        opened=opened,
        closed=reads.closes_of(instrument_key, timeframe, opened),
        length=min(bars, len(opened)),
    )
