"""Which markets are looked at: those that events name, and from time to time all of one's own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from execution.event_markets import UnreadableEvent, markets_of_event
from execution.market_events import MarketEvent
from execution.services import dead_letters
from execution.services.realtime import Done, advance_markets
from execution.triggers import Market, MarketState, active_markets

LOOK_EVERY = timedelta(seconds=1)  # for bars whose event was lost
LOOK_AT_ALL_EVERY = timedelta(seconds=5)  # for what changes without a bar or a subscription
LONG_AGO = datetime.min.replace(tzinfo=UTC)
OUTAGES = (OperationalError, InterfaceError)
log = structlog.get_logger(__name__)


class MarketWatch:
    """Looks at markets that changed, and at all of them every few seconds."""

    def __init__(self) -> None:
        self._seen: dict[Market, MarketState] = {}
        self._look_at = self._look_at_all_at = LONG_AGO

    def look_at_all_next(self) -> None:
        """Let the next look be at every market: some are new to this process, or word was lost."""
        self._look_at = self._look_at_all_at = LONG_AGO

    def run_due(self, *, now: datetime, shards: Collection[int] | None = None) -> int:
        """Create and queue what is due in the markets of some shards; None: of all.

        One market that cannot be handled does not keep the others waiting.
        """
        if now < self._look_at:
            return 0
        self._look_at = now + LOOK_EVERY
        if now >= self._look_at_all_at:
            self._seen = {}
            self._look_at_all_at = now + LOOK_AT_ALL_EVERY
        current = active_markets(now=now, shards=shards)
        changed = [m for m, state in current.items() if self._seen.get(m) != state]
        done, broken = _advance_each_if_need_be(changed, now=now)
        for market, error in broken.items():
            log.error("market_not_handled", market=market, exc_info=error)
        self._seen = {m: state for m, state in current.items() if m not in done.behind}
        return len(done.created)


def handle_events(events: Sequence[MarketEvent], *, now: datetime) -> list[MarketEvent]:
    """Create and queue what some events made due, and return those that are over.

    What broke its handling is left to be delivered again, and in the end put aside. An event that
    has been delivered too often without anybody having told of an error broke whole processes.

    Raises
    ------
    OperationalError, InterfaceError
        The database is away; that is no event's fault.
    """
    over, fresh = [], []
    for event in events:
        if event.deliveries > settings.EVENT_ATTEMPTS:
            dead_letters.bury_event(event, reason="Nobody lived to the end of it.", now=now)
            over.append(event)
        else:
            fresh.append(event)
    markets, unreadable = _markets_of(fresh)
    for event, reason in unreadable.items():
        dead_letters.bury_event(event, reason=reason, now=now)
    due = {market: None for found in markets.values() for market in found}
    _, broken = _advance_each_if_need_be(list(due), now=now)
    for event, found in markets.items():
        errors = [broken[market] for market in found if market in broken]
        if not errors or _give_up(event, errors[0], now=now):
            over.append(event)
    return [*over, *unreadable]


def _markets_of(
    events: Sequence[MarketEvent],
) -> tuple[dict[MarketEvent, list[Market]], dict[MarketEvent, str]]:
    markets: dict[MarketEvent, list[Market]] = {}
    unreadable: dict[MarketEvent, str] = {}
    for event in events:
        try:
            markets[event] = markets_of_event(event.fields)
        except UnreadableEvent as error:
            unreadable[event] = error.message
    return markets, unreadable


def _advance_each_if_need_be(
    markets: Sequence[Market], *, now: datetime
) -> tuple[Done, dict[Market, Exception]]:
    """Advance markets together, or one by one when that goes wrong; return who broke, by what."""
    try:
        return advance_markets(markets, now=now), {}
    except Exception as error:
        _raise_outage(error)
    total, broken = Done(), {}
    for market in markets:
        try:
            done = advance_markets([market], now=now)
        except Exception as error:
            _raise_outage(error)
            broken[market] = error
        else:
            total.created += done.created
            total.behind |= done.behind
    return total, broken


def _give_up(event: MarketEvent, error: Exception, *, now: datetime) -> bool:
    reason = f"{type(error).__name__}: {error}"
    if event.deliveries < settings.EVENT_ATTEMPTS:
        log.warning("event_broke", event_id=event.id, attempt=event.deliveries, reason=reason)
        return False
    dead_letters.bury_event(event, reason=reason, now=now)
    return True


def _raise_outage(error: Exception) -> None:
    if isinstance(error, OUTAGES) and not _database_answers():
        raise error


def _database_answers() -> bool:
    try:
        connection.close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OUTAGES:
        return False
    return True
