"""What waits to be sent to one socket: in order, and never more than a bounded amount."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from streams.frames import Frame


@dataclass(slots=True)
class Parcel:
    """One text to send; a data frame also says which place of which stream it is."""

    text: str
    key: str = ""
    seq: int = 0


@dataclass(slots=True)
class _Conflated:
    """The newest frame of a stream of which the reader wants no other."""

    key: str
    frame: Frame
    skipped: int = 0


class DirectSocket(Protocol):
    """A connection that can be written to without waiting, while it has room."""

    def has_room(self) -> bool:
        """Tell whether the next write would neither wait nor come out of turn."""

    def write(self, wire: bytes) -> None:
        """Write one finished frame."""


class Outbox:
    """A queue with one taker, which overflows when the taker falls too far behind.

    A data frame that finds nothing before it, and room in the connection, does not queue: waking
    the taker costs more than writing.
    """

    def __init__(
        self,
        *,
        frames_max: int,
        bytes_max: int,
        on_overflow: Callable[[], None],
    ) -> None:
        self._frames_max = frames_max
        self._bytes_max = bytes_max
        self._on_overflow = on_overflow
        #: Is told when a frame has to wait, and for how many seconds.
        self.on_held_back: Callable[[float], None] = lambda seconds: None
        #: Counts one frame and returns 0, or returns in how many seconds it may be sent.
        self.pace: Callable[[], float] = lambda: 0.0
        #: Where a frame may be written at once; None where the server offers nothing like it.
        self.direct: DirectSocket | None = None
        #: The last number that went out of each stream that is followed.
        self.sent: dict[str, int] = {}
        self._waiting: deque[Parcel | _Conflated] = deque()
        self._conflated: dict[str, _Conflated] = {}
        self._bytes = 0
        self._filled = asyncio.Event()
        self._taken = asyncio.Event()
        self._closed = False
        self._held_seconds: float | None = None
        self._taker_waits = False

    def begin_after(self, key: str, seq: int) -> None:
        """Take a number of a stream as one that its reader already has."""
        self.sent[key] = seq

    def put(self, text: str, *, key: str = "", seq: int = 0) -> None:
        """Add a message of our own; it may bring a reader to a place in a stream."""
        # A frame that waits before it is no longer replaced: a newer one would come too early.
        self._conflated.pop(key, None)
        self._add(Parcel(text, key, seq))

    def put_frame(self, key: str, frame: Frame) -> None:
        """Add a data frame, or write it if it is its turn."""
        if not self._write_at_once(key, frame):
            self._add(Parcel(frame.text, key, frame.seq))

    def put_latest(self, key: str, frame: Frame) -> None:
        """Add a data frame that takes the place of an older one of its stream."""
        if self._closed or self._write_at_once(key, frame):
            return
        conflated = self._conflated.get(key)
        if conflated is None:
            self._conflated[key] = conflated = _Conflated(key, frame)
            self._waiting.append(conflated)
            self._filled.set()
        else:
            conflated.frame = frame
            conflated.skipped += 1

    async def room(self) -> None:
        """Wait until the outbox is at most half full."""
        while not self._closed and (
            len(self._waiting) * 2 > self._frames_max or self._bytes * 2 > self._bytes_max
        ):
            self._taken.clear()
            await self._taken.wait()

    async def take(self) -> Parcel | None:
        """Return the next to be sent, or None when the outbox is closed and empty.

        What comes faster than the pace stays here, where it can still be dropped or replaced;
        our own words go past it.
        """
        while (item := self._next()) is None:
            if self._closed and not self._waiting:
                return None
            self._filled.clear()
            await self._filled_within(self._held_seconds)
        self._taken.set()
        parcel = self._unpacked(item)
        if parcel.key:
            # Before it is sent: whatever is said from now on, lagged too, comes after it.
            self.sent[parcel.key] = parcel.seq
        return parcel

    def drop(self, key: str) -> None:
        """Forget one stream: what waits of it, and how far it went."""
        self.sent.pop(key, None)
        self._conflated.pop(key, None)
        self._waiting = deque(item for item in self._waiting if item.key != key)
        self._count_again()

    def close(self, last_words: str | None = None) -> None:
        """Take nothing more; with last words, forget what waits and say only these."""
        if last_words is not None and not self._closed:
            self._waiting.clear()
            self._conflated.clear()
            self._waiting.append(Parcel(last_words))
            self._count_again()
        self._closed = True
        self._filled.set()
        self._taken.set()

    def _next(self) -> Parcel | _Conflated | None:
        self._held_seconds = None
        if not self._waiting:
            return None
        if not self._waiting[0].key or (seconds := self.pace()) <= 0:
            return self._waiting.popleft()
        self._held_seconds = seconds
        self.on_held_back(seconds)
        word = next((item for item in self._waiting if not item.key), None)
        if word is not None:
            self._waiting.remove(word)
        return word

    def _unpacked(self, item: Parcel | _Conflated) -> Parcel:
        if isinstance(item, _Conflated):
            if self._conflated.get(item.key) is item:
                del self._conflated[item.key]
            return Parcel(_with_skipped(item), item.key, item.frame.seq)
        self._bytes -= len(item.text)
        return item

    def _write_at_once(self, key: str, frame: Frame) -> bool:
        direct = self.direct
        if direct is None or self._waiting or not self._taker_waits or self._closed:
            return False
        if not direct.has_room() or self.pace() > 0:
            return False
        direct.write(frame.wire)
        self.sent[key] = frame.seq
        return True

    async def _filled_within(self, seconds: float | None) -> None:
        self._taker_waits = True
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._filled.wait()
        finally:
            self._taker_waits = False

    def _add(self, parcel: Parcel) -> None:
        if self._closed:
            return
        if len(self._waiting) >= self._frames_max or self._bytes > self._bytes_max:
            self._on_overflow()
            return
        self._waiting.append(parcel)
        self._bytes += len(parcel.text)
        self._filled.set()

    def _count_again(self) -> None:
        self._bytes = sum(len(item.text) for item in self._waiting if isinstance(item, Parcel))
        self._taken.set()


def _with_skipped(item: _Conflated) -> str:
    # A frame is one JSON object: the count goes in before its last brace.
    return f'{item.frame.text[:-1]},"skipped":{item.skipped}}}'
