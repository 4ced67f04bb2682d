"""One socket's side of a subscription: what was missed, then what comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from django.db import DatabaseError, InterfaceError

from streams.access import ReadableStream
from streams.feeds import BATCH_FRAMES, RETRY_SECONDS, Feed
from streams.frames import Frame, to_text
from streams.messages import Mode
from streams.outbox import Outbox
from streams.reading import FrameReader
from streams.watermark import WatermarkFailed, give_frame

log = structlog.get_logger(__name__)


class SocketFollower:
    """Follows one stream for one socket.

    ``position`` is the number of the last frame that went into the outbox.
    """

    def __init__(
        self,
        stream: ReadableStream,
        outbox: Outbox,
        *,
        user_id: int,
        position: int,
        mode: Mode,
        on_end: Callable[[SocketFollower, str], None],
    ) -> None:
        self.stream = stream
        self.user_id = user_id
        self.position = position
        self.is_live = False
        self.is_followed = True
        self.replaying: asyncio.Task[None] | None = None
        self._outbox = outbox
        self._sees_exact_values = stream.subscription_id is None
        self._put = outbox.put_latest if mode == "latest" else outbox.put_frame
        self._on_end = on_end

    def deliver(self, frame: Frame) -> None:
        """Send the next frame; one that was sent before is left out."""
        if frame.seq <= self.position or not self.is_followed:
            return
        given = frame if self._sees_exact_values else self.given(frame)
        if given is not None:
            self.position = frame.seq
            self._put(self.stream.key, given)

    def given(self, frame: Frame) -> Frame | None:
        """Return a frame as this reader gets it, or end when it has to be held back."""
        try:
            return give_frame(
                frame, place=self.stream.place, subscription_id=self.stream.subscription_id
            )
        except WatermarkFailed as error:
            self.end(error.message)
            return None

    def tell_gap(self, first: int, last: int) -> None:
        """Tell the client which frames it will not get."""
        first = max(first, self.position + 1)
        if first > last or not self.is_followed:
            return
        self.position = last
        gap = {
            "type": "gap",
            "stream_key": self.stream.key,
            "from": first,
            "to": last,
            "epoch": self.stream.epoch,
        }
        self._outbox.put(to_text(gap), key=self.stream.key, seq=last)

    def tell(self, text: str) -> None:
        """Tell the client something about the stream that is no frame of it."""
        self._outbox.put(text)

    def end(self, reason: str) -> None:
        """Send nothing more."""
        if self.is_followed:
            self.stop()
            self._on_end(self, reason)

    def stop(self) -> None:
        """Follow no longer, from this moment: whoever serves several frames at once goes on."""
        self.is_followed = False
        if self.replaying is not None:
            self.replaying.cancel()

    async def catch_up(self, feed: Feed, reader: FrameReader) -> None:
        """Send what the feed has served before, then become live: no frame twice, none left out."""
        while self.is_followed and self.position < feed.position:
            try:
                frames = await reader.after(self.stream, self.position, BATCH_FRAMES)
            except (DatabaseError, InterfaceError) as error:
                log.warning("replay_waits_for_database", error=str(error).strip())
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not frames:
                self.tell_gap(self.position + 1, feed.position)
            for frame in frames:
                await self._outbox.room()
                self.tell_gap(self.position + 1, frame.seq - 1)
                self.deliver(frame)
        # No await since the comparison: the feed cannot have moved on in between.
        self.is_live = True
