"""One fault run: signals are sent, faults happen at their places, and it is seen how all ends."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import redis

from tests.faults.injection import Injector
from tests.faults.ledger import Row, payload_digest
from tests.faults.plan import Fault, PlannedFault
from tests.faults.senders import Senders
from tests.faults.subscriber import Subscriber
from tests.faults.topology import Topology

LOOK_SECONDS = 0.02
BUSY_WITH = 3  # signals for each client
# No fault keeps the platform from accepting signals for anything near this long.
STALLED_SECONDS = 90.0
ROWS = "SELECT id::text, mac_digest, instrument, side, time, payload FROM signals"


class Stalled(Exception):
    """Nothing has moved for a long time."""


@dataclass(frozen=True)
class Happened:
    """A fault, and when it happened."""

    fault: Fault
    at: float
    acknowledged_before: int


@dataclass
class Run:
    """The state of a run."""

    topology: Topology
    senders: Senders
    subscriber: Subscriber
    plan: list[PlannedFault]
    happened: list[Happened] = field(default_factory=list)

    def go(self, *, clients: int) -> None:
        """Send everything through every fault, and return when all has been delivered.

        Raises
        ------
        Stalled, tests.faults.senders.UnexpectedAnswer
        """
        injector = Injector(self.topology)
        waiting = deque(self.plan)
        self.subscriber.start()
        self.senders.start(clients)
        try:
            for _ in self._watched(injector):
                # No more is sent than keeps every client busy when the next fault comes: however
                # fast the platform is, its faults do not pile up at the end.
                next_fault = waiting[0].after if waiting else self.senders.signals
                self.senders.released = next_fault + BUSY_WITH * clients
                if waiting and self._is_time_for(waiting[0], injector):
                    waiting.popleft()
                if not waiting and self.senders.are_done() and injector.is_quiet():
                    break
            self._await_delivery(injector)
        finally:
            injector.end_all()
            self.senders.stop()
            self.subscriber.stop()

    def _await_delivery(self, injector: Injector) -> None:
        # When it does not come, that is not raised here: the comparison says what is missing.
        expected = len(stored_rows(self.topology))
        with suppress(Stalled):
            for _ in self._watched(injector):
                if self.subscriber.count >= expected and self._in_redis() >= expected:
                    break

    def _in_redis(self) -> int:
        client = self.topology.connect_to_redis()
        try:
            return sum(int(client.xlen(key)) for key in self.subscriber.keys)
        except redis.RedisError:
            return 0
        finally:
            client.close()

    def _watched(self, injector: Injector) -> Iterator[None]:
        """Look after everything, over and over, for as long as signals are being accepted."""
        ledger = self.senders.ledger
        reached, since = ledger.acknowledged, time.monotonic()
        while time.monotonic() - since < STALLED_SECONDS:
            injector.look_after()
            self.topology.supervisor.look_after()
            for failure in (*self.senders.failures, *self.subscriber.failures):
                raise failure
            if ledger.acknowledged > reached:
                reached, since = ledger.acknowledged, time.monotonic()
            yield
            time.sleep(LOOK_SECONDS)
        raise Stalled(f"after {reached} signals and {len(self.happened)} faults")

    def _is_time_for(self, planned: PlannedFault, injector: Injector) -> bool:
        """Bring a fault about when its time has come; False: not yet."""
        reached = self.senders.ledger.acknowledged
        if planned.after > reached or not injector.inject(planned.fault):
            return False
        self.happened.append(Happened(planned.fault, time.monotonic(), reached))
        return True


def stored_rows(topology: Topology) -> list[tuple[str, bytes, Row]]:
    """Return the id, the signature's digest and the content of every signal in the table."""
    with topology.connect_to_postgres() as session:
        return [
            (signal_id, bytes(digest), Row(instrument, side, at, payload_digest(payload)))
            for signal_id, digest, instrument, side, at, payload in session.execute(ROWS)
        ]
