"""Begin to record the bars of a timeframe as they close, because somebody runs on them."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction

from market.aggregation import periods_of
from market.announcements import announce
from market.bars import NewBar
from market.calendars import Calendar, Period, calendar_of
from market.derived_reads import MINUTE, ONE_DAY, derived_columns, source_of
from market.models import Bar, HeardTimeframe, Instrument, KeptTimeframe
from market.queries import FOR_EVER, latest_bar, timeframes_of
from market.services.changed_sources import MADE_AT_ONCE, missed_bars
from market.services.derived import begin_with
from market.timeframes import EPOCH, Timeframe


@transaction.atomic
def keep_timeframe(instrument_key: str, timeframe: str, *, now: datetime) -> None:
    """Record the bars of a timeframe from the newest closed one on, as shorter ones complete them.

    Asking again changes nothing. Where there are no shorter ones yet, it begins with them; bars
    that are sent as they are count as before.
    """
    wanted = Timeframe(timeframe)
    if wanted == MINUTE:
        return
    # Whoever records bars of the instrument just now is waited for, and sees the row afterwards.
    instrument = Instrument.objects.select_for_update().get(pk=instrument_key)
    kept = KeptTimeframe.objects.filter(instrument_key=instrument_key, timeframe=wanted.name)
    if kept.exists():
        return
    calendar = calendar_of(instrument.exchange)
    source = _source_heard(instrument_key, wanted, calendar)
    if source is None:
        _await(instrument_key, wanted, now=now)
        return
    newest = latest_bar(instrument_key, source.name)
    assert newest is not None
    periods = _closed_periods(newest, wanted, source=source, calendar=calendar)
    row = KeptTimeframe(
        instrument_key=instrument_key,
        timeframe=wanted.name,
        source=source.name,
        kept_from=periods[0].opened_at if periods else newest.opened_at - wanted.length,
        heard_until=newest.closes_at,
        heard_at=now,
    )
    made = begin_with(row, periods, _as_new(newest), calendar, now=now)
    if made:
        transaction.on_commit(partial(announce, made))


# One that is heard, where there is one: another may have ended long ago.
def _source_heard(key: str, wanted: Timeframe, calendar: Calendar) -> Timeframe | None:
    source = source_of(wanted, timeframes_of(key, as_of=FOR_EVER))
    if source is None:
        return None
    newest = latest_bar(key, source.name)
    assert newest is not None
    kept = KeptTimeframe.objects.filter(instrument_key=key).values("timeframe")
    heard = HeardTimeframe.objects.filter(instrument_key=key).exclude(timeframe__in=kept)
    newer = [
        row.timeframe
        for row in heard
        if any(missed_bars(wanted, calendar, since=newest.closes_at, until=row.heard_until))
    ]
    return source_of(wanted, newer) or source


def _await(instrument_key: str, wanted: Timeframe, *, now: datetime) -> None:
    KeptTimeframe.objects.create(
        instrument_key=instrument_key,
        timeframe=wanted.name,
        source=(ONE_DAY if wanted > ONE_DAY else MINUTE).name,
        kept_from=EPOCH,
        heard_until=EPOCH,
        heard_at=now,
    )


# The newest one, so that a first run need not wait for the next; after bars that were recorded as
# they are, every one, so that none is skipped in between.
def _closed_periods(
    newest: Bar, wanted: Timeframe, *, source: Timeframe, calendar: Calendar
) -> list[Period]:
    key = newest.instrument_key
    recorded = Bar.objects.filter(instrument_key=key, timeframe=wanted.name)
    last = recorded.order_by("-opened_at").values_list("opened_at", flat=True).first()
    found = derived_columns(
        key,
        wanted,
        source=source,
        calendar=calendar,
        after=last,
        before=None,
        as_of=newest.closes_at,
        limit=1 if last is None else MADE_AT_ONCE,
    )
    periods = periods_of(found.opened_at_ns, timeframe=wanted, calendar=calendar)
    return [period for period in periods if period is not None]


def _as_new(bar: Bar) -> NewBar:
    return NewBar(
        instrument_key=bar.instrument_key,
        timeframe=bar.timeframe,
        opened_at=bar.opened_at,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
        ends_at=bar.closes_at,
    )
