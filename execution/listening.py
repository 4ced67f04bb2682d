"""By when each stream should speak next, of what is known of all that somebody waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from execution.in_hand import in_hand
from execution.listened import Stream, StreamKey, listened_to, waited_for
from execution.models import Trigger
from execution.scheduling.cadence import Cause, Expected, Heard, Replay, expected
from execution.scheduling.schedules import Schedule
from execution.usual_delays import usual_delays
from market.calendars import calendar_of
from market.models import ReplayFeed
from market.timeframes import Timeframe

STATED_GRACE = timedelta(seconds=5)
LONGEST_GRACE = timedelta(seconds=60)
LEARN_EVERY = timedelta(minutes=1)
Due = tuple[Stream, Expected | None]


class Listener:
    """Remembers between two looks what no table says: since when bars wait, and usual delays."""

    def __init__(self) -> None:
        self._waits_since: dict[StreamKey, tuple[datetime | None, datetime]] = {}
        self._graces: dict[UUID, timedelta] = {}
        self._learn_at: datetime | None = None

    def expectations(self, *, now: datetime) -> list[Due]:
        """Return every stream with by when it should have spoken, if anything says so."""
        streams = listened_to(now=now)
        self._learn_graces(streams, now=now)
        replays = _replays()
        seen = {
            stream.key: self._wait_of(stream, now=now) for stream in streams if stream.lacks_a_run
        }
        self._waits_since = seen
        found = [(stream, self._expected(stream, replays)) for stream in streams]
        found = _with_time_for_what_is_in_hand(found, now=now)
        late = [stream for stream, due in found if due is not None and now > due.by]
        forsaken = {stream.key for stream in late} - waited_for(late, now=now)
        return [(stream, None if stream.key in forsaken else due) for stream, due in found]

    def _learn_graces(self, streams: Sequence[Stream], *, now: datetime) -> None:
        if self._learn_at is not None and now < self._learn_at:
            return
        self._learn_at = now + LEARN_EVERY
        self._graces = {
            plan_id: min(LONGEST_GRACE, max(STATED_GRACE, 2 * usual))
            for plan_id, usual in usual_delays({stream.plan_id for stream in streams}).items()
        }

    def _wait_of(self, stream: Stream, *, now: datetime) -> tuple[datetime | None, datetime]:
        # Each run begins the wait anew: what lags behind and goes on is not silent.
        known = self._waits_since.get(stream.key)
        if known is not None and known[0] == stream.ran_for:
            return known
        return stream.ran_for, now

    def _expected(self, stream: Stream, replays: dict[str, ReplayFeed]) -> Expected | None:
        grace = self._graces.get(stream.plan_id, STATED_GRACE)
        if stream.schedule:
            known = (stream.ran_for, stream.passed_until, stream.asked_at)
            after = max(at for at in known if at is not None)
            [due] = Schedule.read(stream.schedule).coming(1, after=after)
            return Expected(at=due, grace=grace, cause=Cause.NO_RUN)
        waits = self._waits_since.get(stream.key)
        heard = Heard(
            last_at=stream.last_at,
            ran_until=_until(stream),
            ran_at=stream.ran_at,
            waits_since=waits[1] if waits else None,
            replay=_replay_of(stream, replays),
            by_ticks=stream.trigger == Trigger.TICK,
        )
        return expected(heard, next_close=lambda after: _next_close(stream, after), grace=grace)


def _with_time_for_what_is_in_hand(found: Sequence[Due], *, now: datetime) -> list[Due]:
    # A worker that is stuck keeps what it has in hand: longer than that nobody is believed.
    late = [
        stream
        for stream, due in found
        if due is not None and due.cause is Cause.NO_RUN and now > due.by
    ]
    keys = in_hand(late, now=now)
    return [
        (stream, replace(due, grace=LONGEST_GRACE) if due and stream.key in keys else due)
        for stream, due in found
    ]


def _replays() -> dict[str, ReplayFeed]:
    # The one that moved last decides for an instrument that several replay.
    return {
        key: feed for feed in ReplayFeed.objects.order_by("updated_at") for key in feed.instruments
    }


def _replay_of(stream: Stream, replays: dict[str, ReplayFeed]) -> Replay | None:
    feed = replays.get(stream.instrument_key)
    if feed is None:
        return None
    steps = max(1.0, stream.length.seconds / Timeframe(feed.timeframe).seconds)
    return Replay(
        seconds_per_bar=steps / feed.bars_per_second,
        moved_at=feed.updated_at,
        stands=feed.paused or feed.finished_at is not None,
    )


def _until(stream: Stream) -> datetime | None:
    if stream.ran_until is None or stream.passed_until is None:
        return stream.ran_until
    return max(stream.ran_until, _next_close(stream, stream.passed_until))


def _next_close(stream: Stream, after: datetime) -> datetime:
    return calendar_of(stream.exchange).next_close(stream.length, after)
