"""The streams that somebody is subscribed to, and what each did last: in one statement for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.functional import cached_property

from execution import held
from execution.models import Subscription, Trigger
from market import known_ticks
from market.timeframes import Timeframe
from registry import product_access
from registry.models import Script

# script, product, instrument, timeframe, trigger, schedule, digest of the params
StreamKey = tuple[UUID, UUID | None, str, str, str, str, str]

# A stream goes on when its script's version changes, so the plans of all versions are one. Trouble
# of ours and cancellations are no run; a script's own fault is one. What was passed over under a
# hold, and is still to be declared, will have no run, and history has none.
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
)
SELECT DISTINCT ON (a.script_id, p.product_id, a.instrument_key, a.timeframe, a.trigger,
                    a.schedule, a.params_sha256)
       a.script_id, p.product_id, a.instrument_key, a.timeframe, a.trigger, a.schedule,
       a.params_sha256, p.id, p.version_id, e.stream_id, i.exchange,
       greatest(a.created_at, max(p.wanted_since) FILTER (WHERE p.leads) OVER one), e.due_at,
       e.as_of, e.finished_at, m.opened_at,
       CASE WHEN max(p.held) OVER one > 0
            THEN max(p.done_until) FILTER (WHERE p.leads) OVER one END
FROM asked a
JOIN registry_script script ON script.id = a.script_id
JOIN registry_scriptversion present
  ON present.id = script.current_version_id AND present.suspended_at IS NULL
JOIN registry_scriptversion v ON v.script_id = a.script_id
JOIN execution_realtimeplan p
  ON p.version_id = v.id AND p.instrument_key = a.instrument_key AND p.timeframe = a.timeframe
 AND p.trigger = a.trigger AND p.schedule = a.schedule AND p.params_sha256 = a.params_sha256
JOIN market_instrument i ON i.key = a.instrument_key
LEFT JOIN market_heardtimeframe m
  ON a.trigger = 'bar' AND m.instrument_key = a.instrument_key AND m.timeframe = a.timeframe
LEFT JOIN LATERAL (
    SELECT stream_id, due_at, as_of, finished_at FROM execution_execution e
    WHERE e.plan_id = p.id AND e.finished_at IS NOT NULL
      AND e.status <> 'cancelled' AND e.outcome <> 'infrastructure'
    ORDER BY e.due_at DESC LIMIT 1
) e ON true
WINDOW one AS (PARTITION BY a.script_id, p.product_id, a.instrument_key, a.timeframe, a.trigger,
                            a.schedule, a.params_sha256)
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
    "passed_until",
)


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream that somebody waits for, and what it did last."""

    key: StreamKey
    plan_id: UUID
    version_id: UUID
    stream_id: int | None
    exchange: str
    asked_at: datetime  # or when its last reader's right came back
    ran_for: datetime | None  # the bar's opening, or the instant of the tick or the schedule
    ran_until: datetime | None
    ran_at: datetime | None
    newest: datetime | None  # bar, or tick that counts
    passed_until: datetime | None  # under a hold

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
        """Tell whether there is a bar, or a tick, that it is to run for and has not."""
        if self.schedule or self.newest is None:
            return False
        return all(self.newest > at for at in (self.ran_for, self.passed_until) if at is not None)


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


def waited_for(streams: Sequence[Stream], *, now: datetime) -> set[StreamKey]:
    """Return the keys of those streams for which somebody is there who has a right to them.

    Only of those that are late is it asked: a subscription stays when its right has ended.
    """
    if not streams:
        return set()
    rows = Subscription.objects.filter(
        script__in={stream.script_id for stream in streams},
        instrument_key__in={stream.instrument_key for stream in streams},
        ended_at=None,
    )
    pairs = {(row.user_id, row.script_id) for row in rows}
    rights = product_access.rights_of(pairs, at=now)
    found: set[StreamKey] = set()
    for row in rows:
        if (row.user_id, row.script_id) in rights:
            right = rights[row.user_id, row.script_id]
            product_id = right.product_id if right else None
            market = (row.instrument_key, row.timeframe, row.trigger, row.schedule)
            found.add((row.script_id, product_id, *market, row.params_sha256))
    return found
