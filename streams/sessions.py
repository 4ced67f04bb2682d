"""What one signed-in socket follows."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from common.clock import utc_now
from common.errors import InvalidInput
from signalhub.settings.limits import RESUME_FRAMES_MAX, SOCKET_STREAMS_MAX
from streams import access
from streams.access import ReadableStream
from streams.feeds import Feed
from streams.followers import SocketFollower
from streams.frames import Frame, to_text
from streams.hub import Hub
from streams.messages import Subscribe
from streams.outbox import Outbox, ReaderTooSlow
from streams.threads import in_thread

NOT_READABLE = "There is no such stream, or you may not read it."


class TooManyStreams(InvalidInput):
    """One connection follows no more streams than this; open another or unsubscribe some."""

    code = "too_many_streams"


class Session:
    """The subscriptions of one user over one socket."""

    def __init__(self, user_id: int, hub: Hub, outbox: Outbox) -> None:
        self.user_id = user_id
        self._hub = hub
        self._outbox = outbox
        self._followers: dict[str, SocketFollower] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def stream_keys(self) -> list[str]:
        """Return what is followed."""
        return list(self._followers)

    async def subscribe(self, request: Subscribe) -> None:
        """Follow streams, and tell which, from where, and which not.

        Raises
        ------
        TooManyStreams
            Nothing was changed.
        """
        if len({*self._followers, *request.stream_keys}) > SOCKET_STREAMS_MAX:
            raise TooManyStreams(limit=SOCKET_STREAMS_MAX)
        readable = await _readable_streams(self.user_id, request.stream_keys)
        await self.leave([key for key in request.stream_keys if key in self._followers])
        feeds = {key: await self._join(stream, request) for key, stream in readable.items()}
        recovered = {key: await self._is_recovered(key, request) for key in readable}
        self._acknowledge(list(readable.values()), recovered)
        for key in request.stream_keys:
            if key in readable:
                await self._begin(readable[key], feeds[key], request)
            else:
                self._deny(key, NOT_READABLE)

    async def unsubscribe(self, keys: list[str]) -> None:
        """Follow some streams no longer, and say so."""
        followed = [key for key in keys if key in self._followers]
        await self.leave(followed)
        self._tell(type="subscription", status="unsubscribed", stream_keys=followed, streams={},
                   timestamp=utc_now().isoformat())

    async def leave(self, keys: list[str]) -> None:
        """Follow some streams no longer; what waits of them is not sent."""
        for key in keys:
            follower = self._followers.pop(key, None)
            if follower is not None:
                follower.stop()
                self._outbox.drop(key)
                await self._hub.leave(follower)

    async def close(self) -> None:
        """Follow nothing."""
        await self.leave(self.stream_keys)
        for task in tuple(self._tasks):
            task.cancel()

    async def _join(self, stream: ReadableStream, request: Subscribe) -> Feed:
        follower = SocketFollower(
            stream,
            self._outbox,
            user_id=self.user_id,
            position=_first_position(stream, request),
            mode=request.mode,
            on_end=self._ended,
        )
        self._followers[stream.key] = follower
        return await self._hub.join(follower)

    async def _is_recovered(self, key: str, request: Subscribe) -> bool:
        follower = self._followers.get(key)
        if follower is None or follower.position != request.resume.get(key):
            return False
        if follower.position == follower.stream.seq:
            return True
        oldest = await self._hub.reader.after(follower.stream, follower.position, 1)
        return bool(oldest) and oldest[0].seq == follower.position + 1

    async def _begin(self, stream: ReadableStream, feed: Feed, request: Subscribe) -> None:
        follower = self._followers.get(stream.key)
        if follower is None:
            return  # revoked meanwhile, and told so
        resumed_from = request.resume.get(stream.key)
        if resumed_from is None or resumed_from > stream.seq:
            self._show(stream, await self._hub.reader.last(stream, request.history))
        elif resumed_from < follower.position:
            last, follower.position = follower.position, resumed_from
            follower.tell_gap(resumed_from + 1, last)
        follower.replaying = self._spawn(follower.catch_up(feed, self._hub.reader))

    def _acknowledge(self, streams: list[ReadableStream], recovered: dict[str, bool]) -> None:
        self._tell(
            type="subscription",
            status="subscribed",
            stream_keys=[stream.key for stream in streams],
            streams={
                stream.key: {
                    "epoch": stream.epoch,
                    "offset": stream.seq,
                    "recovered": recovered[stream.key],
                }
                for stream in streams
            },
            timestamp=utc_now().isoformat(),
        )

    def _show(self, stream: ReadableStream, frames: list[Frame]) -> None:
        head = to_text(
            {
                "type": "snapshot",
                "stream_key": stream.key,
                "seq": stream.seq,
                "offset": stream.seq,
                "epoch": stream.epoch,
            }
        )
        outputs = ",".join(frame.text for frame in frames)
        text = f'{head[:-1]},"outputs":[{outputs}]}}'
        self._outbox.put(text, key=stream.key, seq=stream.seq)

    def _ended(self, follower: SocketFollower, reason: str) -> None:
        key = follower.stream.key
        if self._followers.get(key) is follower:
            del self._followers[key]
            self._outbox.drop(key)
            self._deny(key, reason)
            self._spawn(self._hub.leave(follower))

    def _deny(self, key: str, reason: str) -> None:
        self._tell(type="subscription_denied", stream_key=key, reason=reason)

    def _tell(self, **frame: Any) -> None:
        self._outbox.put(to_text(frame))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _first_position(stream: ReadableStream, request: Subscribe) -> int:
    resumed_from = request.resume.get(stream.key)
    if resumed_from is None or resumed_from > stream.seq:
        return stream.seq
    return max(resumed_from, stream.seq - RESUME_FRAMES_MAX)


@in_thread
def _readable_streams(user_id: int, keys: list[str]) -> dict[str, ReadableStream]:
    return access.readable_streams(user_id, keys, at=utc_now())
