"""Fan one stream's frames out to this process's sockets: each once, in order, none left out."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog
from django.db import DatabaseError, InterfaceError

from streams.access import ReadableStream, Right
from streams.frames import Frame
from streams.reading import FrameReader

BATCH_FRAMES = 200
RETRY_SECONDS = 0.5
log = structlog.get_logger(__name__)


class Follower(Protocol):
    """One socket that follows one stream."""

    stream: ReadableStream
    user_id: int
    is_live: bool  # False while older frames are still on their way to it

    def deliver(self, frame: Frame) -> None:
        """Take the next frame; one that was taken before is to be ignored."""

    def tell_gap(self, first: int, last: int) -> None:
        """Learn that frames are no longer kept."""

    def tell(self, text: str) -> None:
        """Learn something about the stream that is no frame of it."""

    def end(self, reason: str) -> None:
        """Learn that nothing more will come, and why."""


class Feed:
    """One stream and who follows it here.

    ``position`` is the number up to which every live follower has been served. A frame that
    is not the next one makes the feed read what lies between.
    """

    def __init__(self, stream: ReadableStream, reader: FrameReader) -> None:
        self.stream = stream
        self.followers: set[Follower] = set()
        self.position = stream.seq
        self._announced = stream.seq
        self._known_before = stream.seq
        self._reader = reader
        self._catching_up: asyncio.Task[None] | None = None

    @property
    def rights(self) -> set[Right]:
        """Return the rights that its followers' reading rests on."""
        found = {follower.stream.right_of(follower.user_id) for follower in self.followers}
        return {right for right in found if right is not None}

    def take(self, frame: Frame) -> None:
        """Serve an announced frame if it is the next, else learn from it that some are missing."""
        if self._catching_up is None and frame.seq == self.position + 1:
            self._announced = max(self._announced, frame.seq)
            self._serve(frame)
        else:
            self.learn(frame.seq)

    def learn(self, seq: int) -> None:
        """Read on, up to a number that is known to exist."""
        self._announced = max(self._announced, seq)
        if self._announced > self.position and self._catching_up is None:
            self._catching_up = asyncio.create_task(self._catch_up())

    def remind(self, seq: int) -> None:
        """Hear, now and then, the number that the database knows.

        What it knew the last time and has not been announced since is not on its way any more.
        """
        self.learn(self._known_before)
        self._known_before = seq

    def tell(self, text: str) -> None:
        """Pass on something about the stream that is no frame of it."""
        for follower in tuple(self.followers):
            follower.tell(text)

    def stop(self) -> None:
        """Read no further."""
        if self._catching_up is not None:
            self._catching_up.cancel()

    async def _catch_up(self) -> None:
        try:
            while self.position < self._announced and self.followers:
                try:
                    await self._read_on()
                except (DatabaseError, InterfaceError) as error:
                    log.warning("feed_waits_for_database", error=str(error).strip())
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._catching_up = None

    async def _read_on(self) -> None:
        frames = await self._reader.after(self.stream, self.position, BATCH_FRAMES)
        if not frames:
            self._tell_gap(self._announced)
        for frame in frames:
            if frame.seq > self.position + 1:
                self._tell_gap(frame.seq - 1)
            self._serve(frame)

    def _serve(self, frame: Frame) -> None:
        self.position = frame.seq
        for follower in tuple(self.followers):
            if follower.is_live:
                follower.deliver(frame)

    def _tell_gap(self, last: int) -> None:
        first, self.position = self.position + 1, last
        for follower in tuple(self.followers):
            if follower.is_live:
                follower.tell_gap(first, last)
