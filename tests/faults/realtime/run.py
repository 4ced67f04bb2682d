"""One run: ticks are recorded, faults happen at their places, and it is seen how all goes on."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from market.ticks import NewTick
from tests.faults.realtime.feed import Feed
from tests.faults.realtime.injection import RealtimeInjector
from tests.faults.realtime.plan import Fault, PlannedFault
from tests.faults.realtime.ticks import INSTRUMENTS
from tests.faults.subscriber import Subscriber
from tests.faults.topology import Topology

LOOK_SECONDS = 0.02
AHEAD = 150  # ticks that may be recorded beyond what the subscriber has seen the outputs of
TICKS_A_BAR = 10
# Ticks wait to be recorded, or bars for their outputs, no fault lasts, and for so long nothing
# moves: from whatever fault it was, nobody recovers in time.
STALLED_SECONDS = 15.0
GIVEN_UP_SECONDS = 90.0


class Stalled(Exception):
    """Nothing has moved for a long time."""


@dataclass
class Happened:
    """A fault, when it happened, and the newest tick before it; after what time all was well."""

    fault: Fault
    at: float
    newest: datetime
    seconds: float | None = None


def identity(frame: dict[str, object]) -> str:
    """Return what tells an output from all others: its stream and the end of its bar."""
    return name_of(str(frame["stream_key"]), datetime.fromisoformat(str(frame["timestamp"])))


def name_of(key: str, closes_at: datetime) -> str:
    """Return the identity of the output of a stream for a bar."""
    return f"{key} {closes_at.astimezone(UTC).isoformat()}"


@dataclass
class Run:
    """The state of a run."""

    topology: Topology
    feed: Feed
    subscriber: Subscriber
    ticks: list[NewTick]
    plan: list[PlannedFault]
    happened: list[Happened] = field(default_factory=list)
    stalls: int = 0
    _places: list[int] = field(init=False)
    _excused_at: float = field(default=float("-inf"), init=False)

    def __post_init__(self) -> None:
        # Where the first, the second … different tick is over: some are sent twice.
        first = {tick.event_id: place for place, tick in reversed(list(enumerate(self.ticks, 1)))}
        self._places = [0, *sorted(first.values())]

    def go(self) -> None:
        """Send everything through every fault, and return when all has been delivered."""
        injector = RealtimeInjector(self.topology)
        waiting = deque(self.plan)
        self.subscriber.start()
        try:
            for _ in self._watched(injector):
                self._note_recovery()
                self._release(waiting)
                if waiting and self._is_time_for(waiting[0], injector):
                    waiting.popleft()
                if not waiting and self._is_over(injector):
                    break
        finally:
            injector.end_all()
            self.subscriber.stop()

    def expected_bars(self) -> list[tuple[str, datetime, datetime]]:
        """Return what the table holds of bars: instrument, opening and end."""
        with self.topology.connect_to_postgres() as session:
            rows = session.execute(
                "SELECT instrument_key, opened_at, closes_at FROM market_bar "
                "WHERE timeframe = '1m' ORDER BY instrument_key, opened_at"
            )
            return [(key, opened_at, closes_at) for key, opened_at, closes_at in rows]

    def _release(self, waiting: deque[PlannedFault]) -> None:
        outputs = self.subscriber.count // 2  # each bar has one of either script
        told_of = max(0, outputs - len(INSTRUMENTS)) * TICKS_A_BAR
        reached = min(self.feed.sent, self._places[min(told_of, len(self._places) - 1)])
        # However fast all this is, the faults do not pile up at the end.
        limit = waiting[0].after + AHEAD if waiting else len(self.ticks)
        self.feed.release(min(len(self.ticks), reached + AHEAD, limit))

    def _is_time_for(self, planned: PlannedFault, injector: RealtimeInjector) -> bool:
        """Bring a fault about when its time has come; False: not yet."""
        begun = self.subscriber.count >= 2 * len(INSTRUMENTS)  # of the bar before the first tick
        ready = (
            begun and self.feed.sent >= planned.after and self._is_well() and injector.is_quiet()
        )
        if not ready:
            return False
        self._excused_at = time.monotonic()  # nothing is to move before the fault comes
        if not injector.is_whole():
            return False
        newest = max(tick.at for tick in self.ticks[: self.feed.sent + 10])
        if not injector.inject(planned.fault):
            return False
        self.happened.append(Happened(planned.fault, time.monotonic(), newest))
        return True

    def _is_well(self) -> bool:
        return not self.happened or self.happened[-1].seconds is not None

    def _note_recovery(self) -> None:
        """Note after what time every instrument's dependent spoke of a bar closed after a fault."""
        if self._is_well():
            return
        fault = self.happened[-1]
        seen = self.subscriber.first_seen_at
        arrivals = [
            min(
                (at for name, at in tuple(seen.items()) if _is_later(name, key, fault.newest)),
                default=None,
            )
            for key in self.topology.facts["keys"]["twice"].values()
        ]
        if None not in arrivals:
            fault.seconds = max(at for at in arrivals if at is not None) - fault.at

    def _is_over(self, injector: RealtimeInjector) -> bool:
        if self.feed.sent < len(self.ticks) or not injector.is_quiet() or not self._is_well():
            return False
        return len(self.subscriber.first_seen_at) >= 2 * len(self.expected_bars())

    def _watched(self, injector: RealtimeInjector) -> Iterator[None]:
        moved, since, stalled = (-1, -1), time.monotonic(), False
        while time.monotonic() - since < GIVEN_UP_SECONDS:
            injector.look_after()
            self.topology.supervisor.look_after()
            if self.feed.has_ended and self.feed.sent < len(self.ticks):
                raise Stalled("the sender has ended")
            for failure in self.subscriber.failures:
                raise failure
            if moved != (now_at := (self.feed.sent, self.subscriber.count)):
                moved, since, stalled = now_at, time.monotonic(), False
            if not injector.is_quiet():
                self._excused_at = time.monotonic()
            if not stalled and time.monotonic() - max(since, self._excused_at) > STALLED_SECONDS:
                self.stalls, stalled = self.stalls + 1, True
            yield
            time.sleep(LOOK_SECONDS)
        raise Stalled(f"after {self.feed.sent} ticks, {moved[1]} frames, {self.happened}")


def _is_later(name: str, key: str, instant: datetime) -> bool:
    stream, _, closes_at = name.rpartition(" ")
    return stream == key and datetime.fromisoformat(closes_at) > instant
