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
# moves: from whatever fault it was, nobody recovers in time. A machine on which all this takes
# longer to start at first is given as long again.
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
    _began_after: float | None = field(default=None, init=False)
    _missed_after: int = field(default=0, init=False)

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

    def _recorded_bars(self) -> int:
        with self.topology.connect_to_postgres() as session:
            counted = session.execute("SELECT count(*) FROM market_bar WHERE timeframe = '1m'")
            [(count,)] = counted.fetchall()
            return int(count)

    def _release(self, waiting: deque[PlannedFault]) -> None:
        outputs = self.subscriber.count // 2  # each bar has one of either script
        told_of = max(0, outputs - len(INSTRUMENTS)) * TICKS_A_BAR
        reached = min(self.feed.sent, self._places[min(told_of, len(self._places) - 1)])
        # However fast all this is, the faults do not pile up at the end. What found nothing to hit
        # is given something to do.
        limit = max(waiting[0].after, self._missed_after) + AHEAD if waiting else len(self.ticks)
        self.feed.release(min(len(self.ticks), reached + AHEAD, limit))

    def _is_time_for(self, planned: PlannedFault, injector: RealtimeInjector) -> bool:
        """Bring a fault about when its time has come; False: not yet."""
        ready = self.feed.sent >= planned.after and self._is_well() and injector.is_quiet()
        if self._began_after is None or not ready:
            return False
        self._excused_at = time.monotonic()  # nothing is to move before the fault comes
        if not injector.is_whole():
            return False
        newest = max(tick.at for tick in self.ticks[: self.feed.sent + 10])
        hit_at = injector.inject(planned.fault)
        if hit_at is None:
            self._missed_after = self.feed.sent
            return False
        self.happened.append(Happened(planned.fault, hit_at, newest))
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
        return len(self.subscriber.first_seen_at) >= 2 * self._recorded_bars()

    def _note_beginning(self, started_at: float) -> None:
        """Note how long it took until the bar before the first tick had its outputs."""
        if self._began_after is None:
            self._excused_at = time.monotonic()
            if self.subscriber.count >= 2 * len(INSTRUMENTS):
                self._began_after = self._excused_at - started_at

    def _is_stalled(self, since: float) -> bool:
        allowed = max(STALLED_SECONDS, self._began_after or 0.0)
        return time.monotonic() - max(since, self._excused_at) > allowed

    def _watched(self, injector: RealtimeInjector) -> Iterator[None]:
        moved, started_at, stalled = (-1, -1), time.monotonic(), False
        since = started_at
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
            self._note_beginning(started_at)
            if not stalled and self._is_stalled(since):
                self.stalls, stalled = self.stalls + 1, True
            yield
            time.sleep(LOOK_SECONDS)
        raise Stalled(f"after {self.feed.sent} ticks, {moved[1]} frames, {self.happened}")


def _is_later(name: str, key: str, instant: datetime) -> bool:
    stream, _, closes_at = name.rpartition(" ")
    return stream == key and datetime.fromisoformat(closes_at) > instant
