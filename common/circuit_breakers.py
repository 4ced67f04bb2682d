"""Circuit breakers: what keeps failing elsewhere is not asked for a while, by any process.

There is one breaker for each system that is called, by its name. Processes share what they know
through Redis; without it each decides alone. Only the other system's trouble counts: what a caller
or a script did wrong is an answer, and opens nothing.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

from common import breaker_board
from common.breaker_board import Board, BoardAway
from common.breaker_rule import BreakerLimits, LocalBreaker, State
from common.errors import Unavailable

P = ParamSpec("P")
R = TypeVar("R")
BREAKERS_KEPT = 1000  # in one process; of receivers of webhooks there may be any number

Failures = tuple[type[BaseException], ...]
# Connections that fail and time-outs are OSErrors, and so is what a mail server says.
FAILURES: Failures = (Unavailable, OSError)


class BreakerOpen(Unavailable):
    """This other system failed too often lately; it is asked again in a while."""

    code = "breaker_open"


@dataclass(frozen=True, kw_only=True)
class BreakerState:
    """How one breaker stands, for whoever looks after the platform."""

    name: str
    state: State
    since: datetime | None  # None: closed for as long as anybody remembers
    failures: int  # in the last day
    failures_in_a_row: int
    openings: int
    last_error: str
    last_failed_at: datetime | None
    who: str  # the machine and process that saw the last failure
    shared: bool = True  # False: only this process's own, for Redis does not say


@dataclass
class Breaker:
    """Guards the calls to one other system."""

    name: str
    failures: Failures = FAILURES
    limits: BreakerLimits = field(default_factory=BreakerLimits)
    board: Board | None = None  # None: each process for itself
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._local = LocalBreaker(self.limits, self.clock)
        self._passed_since = False
        self._last: tuple[str, datetime] | None = None
        self._failed = 0

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Make one call and return its answer.

        Raises
        ------
        BreakerOpen
            Nothing is asked at the moment.
        """
        with self.guarding():
            return function(*args, **kwargs)

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Make one call inside the block; only ``failures`` count against the other system.

        Raises
        ------
        BreakerOpen
            Nothing is asked at the moment.
        """
        is_probe = self._admit()
        began = self.clock()
        try:
            yield
        except BreakerOpen:
            raise  # of another breaker, inside: this system was not asked
        except self.failures as error:
            self._learn(error, self.clock() - began, is_probe=is_probe)
            raise
        except BaseException:
            self._learn(None, self.clock() - began, is_probe=is_probe)
            raise
        else:
            self._learn(None, self.clock() - began, is_probe=is_probe)

    @property
    def state(self) -> State:
        """Return whether calls go through now."""
        try:
            return _state_of(self.name, self._board().read(self.name)).state
        except BoardAway:
            return self._local.state

    def own_state(self) -> BreakerState:
        """Return what this process alone knows of it."""
        error, at = self._last or ("", None)
        return BreakerState(
            name=self.name,
            state=self._local.state,
            since=None,
            failures=self._failed,
            failures_in_a_row=0,
            openings=0,
            last_error=error,
            last_failed_at=at,
            who="this process" if at else "",
            shared=False,
        )

    def _admit(self) -> bool:
        seconds, is_probe = 0, False
        try:
            found = self._board().admit(self.name, self.limits)
        except BoardAway:
            seconds = self._local.seconds_to_wait()
        else:
            seconds, is_probe = max(0, -found), found > 0
            if found == 0:
                self._local.close()
        if seconds:
            raise BreakerOpen(system=self.name, retry_after_seconds=seconds)
        return is_probe

    def _learn(self, error: BaseException | None, seconds: float, *, is_probe: bool) -> None:
        too_many = self._local.learn(failed=error is not None, seconds=seconds)
        slow = seconds > self.limits.slow_seconds
        anew, self._passed_since = self._passed_since, error is None
        try:
            if error is None and not too_many and not (is_probe and slow):
                self._board().passed(self.name, self.limits, probe=is_probe)
                return
            why = _words(error) if error is not None else f"took {seconds:.1f} s"
            self._last, self._failed = (why, datetime.now(UTC)), self._failed + 1
            self._board().failed(
                self.name, self.limits, probe=is_probe, anew=anew, too_many=too_many, why=why
            )
        except BoardAway:
            return  # it is counted here

    def _board(self) -> Board:
        if self.board is None:
            raise BoardAway()
        return self.board


_lock = threading.Lock()
_breakers: OrderedDict[str, Breaker] = OrderedDict()


def breaker(
    name: str, *, failures: Failures = FAILURES, limits: BreakerLimits | None = None
) -> Breaker:
    """Return this process's breaker of a system; the same name is the same one everywhere.

    ``failures`` and ``limits`` are those of the first call with a name.
    """
    with _lock:
        found = _breakers.get(name)
        if found is None:
            found = Breaker(name, failures, limits or BreakerLimits(), breaker_board.shared)
            _breakers[name] = found
            if len(_breakers) > BREAKERS_KEPT:
                _breakers.popitem(last=False)
        _breakers.move_to_end(name)
        return found


def states() -> list[BreakerState]:
    """Return how every breaker stands, by name; without Redis only this process's own."""
    with _lock:
        own = list(_breakers.values())
    try:
        known = breaker_board.shared.read_all()
    except BoardAway:
        return sorted((one.own_state() for one in own), key=lambda state: state.name)
    return [_state_of(name, content) for name, content in sorted(known.items())]


def forget_all() -> None:
    """Close this process's breakers, here and for all: for tests, and after a repair."""
    with _lock:
        names = list(_breakers)
        _breakers.clear()
    for name in names:
        try:
            breaker_board.shared.forget(name)
        except BoardAway:
            return


def _state_of(name: str, content: dict[str, str]) -> BreakerState:
    opened_at = content.get("opened_at")
    state = State.CLOSED
    if opened_at is not None:
        is_open = time.time() - float(opened_at) < float(content["open_for"])
        state = State.OPEN if is_open else State.HALF_OPEN
    return BreakerState(
        name=name,
        state=state,
        since=_instant(content.get("since")),
        failures=int(content.get("failures", 0)),
        failures_in_a_row=int(content.get("in_a_row", 0)),
        openings=int(content.get("openings", 0)),
        last_error=content.get("error", ""),
        last_failed_at=_instant(content.get("failed_at")),
        who=content.get("who", ""),
    )


def _instant(seconds: str | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(float(seconds), UTC)


def _words(error: BaseException) -> str:
    text = " ".join(str(error).split())
    name = type(error).__name__
    return f"{name}: {text}" if text else name
