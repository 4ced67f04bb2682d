"""Bring in the recording that comes with the project: its instruments, and its past as history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from market import us_equities
from market.bar_rows import first_values
from market.bars import NewBar
from market.due_bars import newest_bars
from market.feeds.replay import Recording
from market.models import Instrument, InstrumentKind
from market.services.bars import record_bars, record_history

BATCH = 2000  # bars in one transaction: progress can be shown, and a stop loses little


def load_instruments(*, now: datetime) -> int:
    """Create the recording's instruments that are not there yet; return how many."""
    known = set(Instrument.objects.values_list("pk", flat=True))
    missing = [
        Instrument(
            key=key,
            name=name,
            kind=InstrumentKind.EQUITY,
            currency=us_equities.CURRENCY,
            exchange=exchange,
            timezone=us_equities.TIMEZONE,
            created_at=now,
        )
        for key, (name, exchange) in us_equities.LISTINGS.items()
        if key not in known
    ]
    Instrument.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def load_history(
    recording: Recording,
    *,
    until: datetime,
    now: datetime,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Record what had closed by an instant and return how many bars are new.

    ``on_progress`` hears after each batch how many bars of how many are done. No script runs for
    history; of each instrument the newest bar is none, for whoever subscribes to begin with. A bar
    that was corrected since it was loaded stays corrected.

    Raises
    ------
    BarRevised
        A bar is recorded with other numbers, and did not say these at first either.
    """
    bars = recording.bars_before(until)
    newest = _news(bars)
    news = {bar.key for bar in newest}
    past = [bar for bar in bars if bar.key not in news]
    new = 0
    for start in range(0, len(past), BATCH):
        batch = past[start : start + BATCH]
        new += record_history(_uncorrected(batch), now=now)
        if start + len(batch) < len(past):
            on_progress(start + len(batch), len(bars))
    new += len(record_bars(_uncorrected(newest), now=now))
    on_progress(len(bars), len(bars))
    return new


# A market that has gone further already has a bar to begin with, and takes all of it for history.
def _news(bars: Sequence[NewBar]) -> list[NewBar]:
    newest = {(bar.instrument_key, bar.timeframe): bar for bar in sorted(bars, key=_opening)}
    heard = newest_bars(newest)
    return [bar for key, bar in newest.items() if key not in heard or heard[key] < bar.opened_at]


# What a correction replaced is sent again each time that history is loaded.
def _uncorrected(bars: Sequence[NewBar]) -> list[NewBar]:
    first = first_values([bar.key for bar in bars])
    return [bar for bar in bars if first.get(bar.key) != bar.values]


def _opening(bar: NewBar) -> datetime:
    return bar.opened_at
