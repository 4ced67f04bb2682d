"""Run the sender: woken by PostgreSQL, looking for itself every second; several may run at once."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread
from time import monotonic

import psycopg
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from common.clock import utc_now
from streams.deliveries.courier import Courier, Done, Event, Heard, Told
from streams.deliveries.desk import Desk
from streams.deliveries.health import CHANNEL as SENDERS_CHANNEL
from streams.deliveries.linking import Telephone
from streams.deliveries.retention import forget_old_deliveries
from streams.deliveries.services.questions import forget_old_questions
from streams.publishing import CHANNEL as OUTPUTS_CHANNEL

POLL_SECONDS = 1.0
LAST_SECONDS = 10.0  # for what is under way, when the process is asked to end
FORGET_SECONDS = 600.0
EVENTS_AT_ONCE = 500
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 5.0
LOST_SERVER = (OperationalError, InterfaceError, psycopg.OperationalError)
log = structlog.get_logger(__name__)


def run_delivery(stop: Flag) -> None:
    """Deliver until told to stop; wait and begin again when the database is lost."""
    inbox: SimpleQueue[Event] = SimpleQueue()
    courier = Courier(inbox)
    courier.start()
    listener = Thread(target=_listen, args=(inbox, stop), name="notices", daemon=True)
    listener.start()
    sender = Sender(inbox, courier)
    try:
        _keep_on(sender, stop)
        sender.finish()
    finally:
        stop.set()
        courier.stop()
        listener.join()
        connection.close()


def _keep_on(sender: Sender, stop: Flag) -> None:
    wait = FIRST_WAIT_SECONDS
    while not stop.is_set():
        try:
            sender.step()
            wait = FIRST_WAIT_SECONDS
        except LOST_SERVER as error:
            connection.close()
            log.warning(
                "delivery_lost_the_database", error=str(error).strip(), retry_in_seconds=wait
            )
            stop.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)


class Sender:
    """One process's round: what happened, what is due, what is handed over."""

    def __init__(self, inbox: SimpleQueue[Event], courier: Courier) -> None:
        self._inbox = inbox
        self._desk = Desk(courier)
        self._telephone = Telephone(courier)
        self._done: list[Done] = []
        self._looked_at = self._renewed_at = self._forget_at = float("-inf")

    def step(self) -> None:
        """Wait for something to happen, at most until it is time to look, and act on it."""
        self._settle()
        told = self._take_events()
        self._settle()
        now = utc_now()
        if monotonic() - self._looked_at >= POLL_SECONDS:
            self._looked_at = monotonic()
            self._desk.plan(None, now=now)
            self._telephone.listen(now=now)
        elif told:
            self._desk.plan(told, now=now)
        if monotonic() - self._renewed_at >= settings.DELIVERY_LEASE_SECONDS / 3:
            self._renewed_at = monotonic()
            self._desk.renew(now=now)
        self._desk.hand_over(now=utc_now())
        if monotonic() >= self._forget_at:
            self._forget(now=now)

    def finish(self) -> None:
        """Wait a while for what is under way; what does not come back is sent again by others."""
        ends_at = monotonic() + LAST_SECONDS
        while self._desk.under_way and monotonic() < ends_at:
            self._take_events()
            self._settle()

    def _forget(self, *, now: datetime) -> None:
        # While there is more, it goes on each second: several times as fast as one process sends.
        is_more = forget_old_deliveries(now=now)
        self._forget_at = monotonic() + (POLL_SECONDS if is_more else FORGET_SECONDS)
        forget_old_questions(now=now)

    def _take_events(self) -> set[int]:
        """Return the streams that were told of; what was sent waits to be settled."""
        told: set[int] = set()
        with suppress(Empty):
            self._note(self._inbox.get(timeout=POLL_SECONDS), told)
            for _ in range(EVENTS_AT_ONCE):
                self._note(self._inbox.get_nowait(), told)
        return told

    def _note(self, event: Event, told: set[int]) -> None:
        if isinstance(event, Done):
            self._done.append(event)
        elif isinstance(event, Heard):
            self._telephone.hear(event.updates, now=utc_now())
        elif event.stream_id is not None:
            told.add(event.stream_id)

    def _settle(self) -> None:
        # It leaves the list only once it is written: the database may be lost in between.
        while self._done:
            done = self._done[0]
            self._desk.settle(done.claim, done.outcome, now=utc_now())
            self._done.pop(0)


def _listen(inbox: SimpleQueue[Event], stop: Flag) -> None:
    while not stop.is_set():
        listener = connection.copy()
        try:
            listener.ensure_connection()
            raw: psycopg.Connection = listener.connection
            for channel in (OUTPUTS_CHANNEL, SENDERS_CHANNEL):
                raw.execute(f"LISTEN {channel}")
            while not stop.is_set():
                for notice in raw.notifies(timeout=POLL_SECONDS, stop_after=1):
                    inbox.put(Told(int(notice.payload) if notice.payload else None))
        except LOST_SERVER:
            stop.wait(POLL_SECONDS)
        finally:
            listener.close()
