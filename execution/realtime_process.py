"""The process that turns market events into executions: one of a group that shares the shards.

What is true whatever fails: the table of bars and the plans' positions say what is due, and one
row for each plan and bar is all that the database takes. Events make it fast. So a lost event costs
until the next look at the table, one that comes twice costs nothing, and without Redis every member
looks after everything.
"""

from __future__ import annotations

import os
import secrets
import socket

import redis
import structlog
from django.db import connection

from common.clock import utc_now
from common.stopping import StopRequest
from execution import queue
from execution.market_events import EventReader, MarketEvent
from execution.membership import Membership
from execution.services.market_watch import OUTAGES, MarketWatch, handle_events
from market.shards import all_shards

log = structlog.get_logger(__name__)

WAIT_SECONDS = 0.5  # for an event; no sign of life and no look at the table is later than this
WITHOUT_SERVER_SECONDS = 0.5
CLAIM_EVERY_PASSES = 4


class RealtimeProcess:
    """One member of the group. Nothing is kept here that its death would lose."""

    def __init__(self, stopping: StopRequest) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        self._stopping = stopping
        client = queue.connect()
        self._membership = Membership(client, self.name, all_shards())
        self._events = EventReader(client, self.name)
        self._watch = MarketWatch()
        self._in_hand: list[MarketEvent] = []
        self._passes = 0

    def run(self) -> None:
        """Handle events and look at the table until told to stop."""
        log.info("realtime_started", member=self.name)
        while not self._stopping.is_set:
            self.take_turn()
        try:
            self._membership.leave()
        except redis.RedisError as error:
            log.warning("realtime_left_without_a_word", error=str(error))

    def take_turn(self) -> None:
        """Handle the next events and look at the table; wait for a server that is away."""
        try:
            self._take_events()
        except redis.RedisError as error:
            log.warning("realtime_without_redis", error=str(error))
            self._gained(self._membership.own_all())
            self._stopping.wait(WITHOUT_SERVER_SECONDS)
        try:
            self._work()
        except OUTAGES as error:
            # What is in hand stays there, and the sign of life goes on.
            log.warning("realtime_waits_for_database", error=str(error).strip())
            connection.close()
            self._watch.look_at_all_next()
            self._stopping.wait(WITHOUT_SERVER_SECONDS)

    def _take_events(self) -> None:
        self._gained(self._membership.renew())
        owned = self._membership.owned
        if self._in_hand or not owned:
            # While the database is away nothing is taken over: each time would count as an attempt.
            self._stopping.wait(0 if self._in_hand else WAIT_SECONDS)
            return
        self._passes += 1
        if self._passes % CLAIM_EVERY_PASSES == 0:
            self._in_hand = self._events.claim(owned)
        if not self._in_hand:
            self._in_hand = self._events.read(owned, seconds=WAIT_SECONDS)

    def _work(self) -> None:
        if self._in_hand:
            over = handle_events(self._in_hand, now=utc_now())
            self._in_hand = []
            self._acknowledge(over)
        self._watch.run_due(now=utc_now(), shards=self._membership.owned)

    def _acknowledge(self, events: list[MarketEvent]) -> None:
        # Only what is committed. Whoever gets an event that nobody could acknowledge finds its
        # executions there.
        if not events:
            return
        try:
            self._events.acknowledge(events)
        except redis.RedisError as error:
            log.warning("events_not_acknowledged", events=len(events), error=str(error))

    def _gained(self, shards: frozenset[int]) -> None:
        if shards:
            self._watch.look_at_all_next()
