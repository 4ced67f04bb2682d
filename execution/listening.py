"""What is known of every stream that somebody is subscribed to: in a few statements for all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils.functional import cached_property

from execution import held
from execution.models import Trigger
from execution.scheduling.cadence import Cause, Expected, Heard, Replay, expected
from execution.scheduling.schedules import Schedule
from market import known_ticks
from market.calendars import calendar_of
from market.models import ReplayFeed
from market.timeframes import Timeframe
from registry.models import Script

# script, product, instrument, timeframe, trigger, schedule, digest of the params
StreamKey = tuple[UUID, UUID | None, str, str, str, str, str]

SESSION_SECONDS = 86_400  # what a replay brings in one step is a day
STATED_GRACE = timedelta(seconds=5)
LONGEST_GRACE = timedelta(seconds=60)

# A stream goes on when its script's version changes, so the plans of all versions are one. Trouble
# of ours and cancellations are no run; a script's own fault is one.
_PLANS = """
WITH asked AS (
    SELECT DISTINCT ON (s.script_id, s.instrument_key, s.timeframe, s.trigger, s.schedule,
                        s.params_sha256)
           s.script_id, s.instrument_key, s.timeframe, s.trigger, s.schedule, s.params_sha256,
           s.created_at
    FROM execution_subscription s
    WHERE s.ended_at IS NULL AND s.trigger IN ('bar', 'tick', 'schedule')
    ORDER BY s.script_id, s.instrument_key, s.timeframe, s.trigger, s.schedule,
             s.params_sha256, s.created_at
), markets AS (
    SELECT m.instrument_key, m.timeframe, b.opened_at
    FROM (SELECT DISTINCT instrument_key, timeframe FROM asked WHERE trigger = 'bar') m
    LEFT JOIN LATERAL (
        SELECT opened_at FROM market_bar b
        WHERE b.instrument_key = m.instrument_key AND b.timeframe = m.timeframe
        ORDER BY opened_at DESC LIMIT 1
    ) b ON true
)
SELECT DISTINCT ON (a.script_id, p.product_id, a.instrument_key, a.timeframe, a.trigger,
                    a.schedule, a.params_sha256)
       a.script_id, p.product_id, a.instrument_key, a.timeframe, a.trigger, a.schedule,
       a.params_sha256, p.id, p.version_id, e.stream_id, i.exchange, a.created_at, e.due_at,
       e.as_of, e.finished_at, m.opened_at
FROM asked a
JOIN registry_script script ON script.id = a.script_id
JOIN registry_scriptversion present
  ON present.id = script.current_version_id AND present.suspended_at IS NULL
JOIN registry_scriptversion v ON v.script_id = a.script_id
JOIN execution_realtimeplan p
  ON p.version_id = v.id AND p.instrument_key = a.instrument_key AND p.timeframe = a.timeframe
 AND p.trigger = a.trigger AND p.schedule = a.schedule AND p.params_sha256 = a.params_sha256
JOIN market_instrument i ON i.key = a.instrument_key
LEFT JOIN markets m ON m.instrument_key = a.instrument_key AND m.timeframe = a.timeframe
LEFT JOIN LATERAL (
    SELECT stream_id, due_at, as_of, finished_at FROM execution_execution e
    WHERE e.plan_id = p.id AND e.finished_at IS NOT NULL
      AND e.status <> 'cancelled' AND e.outcome <> 'infrastructure'
    ORDER BY e.due_at DESC LIMIT 1
) e ON true
ORDER BY a.script_id, p.product_id, a.instrument_key, a.timeframe, a.trigger, a.schedule,
         a.params_sha256, e.due_at DESC NULLS LAST
"""
_FIELDS = (
    "key",
    "plan_id",
    "version_id",
    "stream_id",
    "exchange",
    "asked_at",
    "ran_for",
    "ran_until",
    "ran_at",
    "newest",
)
_USUAL_DELAYS = """
SELECT plan_id,
       percentile_disc(0.95) WITHIN GROUP (ORDER BY finished_at - created_at)
FROM execution_execution
WHERE finished_at > %s AND plan_id IS NOT NULL AND status <> 'cancelled'
GROUP BY plan_id
HAVING count(*) >= 20
"""


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream that somebody waits for, and what it did last."""

    key: StreamKey
    plan_id: UUID
    version_id: UUID
    stream_id: int | None
    exchange: str
    asked_at: datetime
    ran_for: datetime | None  # the bar's opening, or the instant of the tick or the schedule
    ran_until: datetime | None
    ran_at: datetime | None
    newest: datetime | None  # bar, or tick that counts

    @property
    def script_id(self) -> UUID:
        """Return whose runs these are."""
        return self.key[0]

    @property
    def instrument_key(self) -> str:
        """Return what it is about."""
        return self.key[2]

    @property
    def trigger(self) -> str:
        """Return what sets it off."""
        return self.key[4]

    @property
    def schedule(self) -> str:
        """Return by which schedule it runs; empty: on every bar or tick."""
        return self.key[5]

    @cached_property
    def length(self) -> Timeframe:
        """Return how long its bars are."""
        return Timeframe(self.key[3])

    @property
    def last_at(self) -> datetime:
        """Return when it spoke last, or was first asked for."""
        return max(filter(None, (self.ran_at, self.asked_at)))

    @property
    def lacks_a_run(self) -> bool:
        """Tell whether there is a bar, or a tick, that it has not run for."""
        if self.schedule or self.newest is None:
            return False
        return self.ran_for is None or self.newest > self.ran_for


class Listener:
    """Remembers between two looks what no table says: since when bars wait, and usual delays."""

    def __init__(self) -> None:
        self._waits_since: dict[StreamKey, tuple[datetime | None, datetime]] = {}
        self._graces: dict[UUID, timedelta] = {}

    def learn_delays(self, *, since: datetime) -> None:
        """Learn how long after its bar each plan usually ends its run."""
        with connection.cursor() as cursor:
            cursor.execute(_USUAL_DELAYS, [since])
            self._graces = {
                plan_id: min(LONGEST_GRACE, max(STATED_GRACE, 2 * usual))
                for plan_id, usual in cursor.fetchall()
            }

    def expectations(self, *, now: datetime) -> list[tuple[Stream, Expected | None]]:
        """Return every stream with by when it should have spoken, if anything says so."""
        streams = listened_to(now=now)
        replays = _replays()
        seen = {
            stream.key: self._wait_of(stream, now=now) for stream in streams if stream.lacks_a_run
        }
        self._waits_since = seen
        return [(stream, self._expected(stream, replays)) for stream in streams]

    def _wait_of(self, stream: Stream, *, now: datetime) -> tuple[datetime | None, datetime]:
        # Each run begins the wait anew: what lags behind and goes on is not silent.
        known = self._waits_since.get(stream.key)
        if known is not None and known[0] == stream.ran_for:
            return known
        return stream.ran_for, now

    def _expected(self, stream: Stream, replays: dict[str, ReplayFeed]) -> Expected | None:
        grace = self._graces.get(stream.plan_id, STATED_GRACE)
        if stream.schedule:
            after = stream.ran_for or stream.asked_at
            [due] = Schedule.read(stream.schedule).coming(1, after=after)
            return Expected(by=due + grace, cause=Cause.NO_RUN)
        waits = self._waits_since.get(stream.key)
        heard = Heard(
            last_at=stream.last_at,
            ran_until=stream.ran_until,
            ran_at=stream.ran_at,
            waits_since=waits[1] if waits else None,
            replay=_replay_of(stream, replays),
            by_ticks=stream.trigger == Trigger.TICK,
        )
        return expected(heard, next_close=lambda after: _next_close(stream, after), grace=grace)


def listened_to(*, now: datetime) -> list[Stream]:
    """Return every stream that somebody is subscribed to, with the newest that it may run for."""
    with connection.cursor() as cursor:
        cursor.execute(_PLANS)
        rows = cursor.fetchall()
    streams = [Stream(**dict(zip(_FIELDS, (row[:7], *row[7:]), strict=True))) for row in rows]
    streams = _with_ticks(streams, now=now)
    holds = held.active_holds()
    if not holds:
        return streams
    scripts = Script.objects.in_bulk({stream.script_id for stream in streams})
    return [
        stream
        for stream in streams
        if held.hold_among(holds, scripts[stream.script_id], stream.instrument_key) is None
    ]


# Those that count, as plans look for them: flagged ones, and those that are ahead, set off nothing.
def _with_ticks(streams: list[Stream], *, now: datetime) -> list[Stream]:
    keys = {stream.instrument_key for stream in streams if stream.trigger == Trigger.TICK}
    if not keys:
        return streams
    newest = known_ticks.newest_ticks_at(keys, as_of=now)
    return [
        replace(stream, newest=newest.get(stream.instrument_key))
        if stream.trigger == Trigger.TICK
        else stream
        for stream in streams
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
    steps = max(1.0, stream.length.seconds / SESSION_SECONDS)
    return Replay(
        seconds_per_bar=steps / feed.bars_per_second,
        moved_at=feed.updated_at,
        stands=feed.paused or feed.finished_at is not None,
    )


def _next_close(stream: Stream, after: datetime) -> datetime:
    return calendar_of(stream.exchange).next_close(stream.length, after)
