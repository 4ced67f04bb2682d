"""What one signed-in socket follows."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from common import row_scope
from common.clock import utc_now
from common.errors import InvalidInput
from streams import access
from streams.access import ReadableStream
from streams.allowances import Allowance
from streams.common_streams import ask_for_keys, keys_of_channel, usual_keys
from streams.feeds import Feed
from streams.followers import SocketFollower
from streams.frames import Frame, to_text
from streams.hub import Hub
from streams.keys import PUBLIC_INDICATORS, PublicKey, make
from streams.messages import Subscribe, SubscribeChannel
from streams.outbox import Outbox
from streams.threads import in_thread

NOT_READABLE = "There is no such stream, or you may not read it."


class TooManyStreams(InvalidInput):
    """One connection follows no more streams than this; open another or unsubscribe some."""

    code = "too_many_streams"


@dataclass(frozen=True)
class Beginning:
    """Where one subscription begins; ``kept`` is the number before the first frame to come."""

    follower: SocketFollower
    feed: Feed
    kept: int
    snapshot: list[Frame] | None = None
    recovered: bool = False


class Session:
    """The subscriptions of one user over one socket."""

    def __init__(self, user_id: int, hub: Hub, outbox: Outbox, allowance: Allowance) -> None:
        self.user_id = user_id
        self._allowance = allowance
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
        TooManyStreams, TooManySubscribes
            Nothing was changed.
        """
        self._allowance.count_subscribe()
        if len({*self._followers, *request.stream_keys}) > self._allowance.streams:
            raise TooManyStreams(limit=self._allowance.streams)
        readable, reasons = await _readable_streams(self.user_id, request.stream_keys)
        await self.leave(request.stream_keys)
        try:
            begun = [await self._begin(stream, request) for stream in readable.values()]
        except BaseException:
            await self.leave(request.stream_keys)
            raise
        # A right may have been revoked meanwhile; then its stream is no longer followed.
        begun = [beginning for beginning in begun if beginning.follower.is_followed]
        self._acknowledge(begun)
        for key in request.stream_keys:
            if key not in readable:
                self._deny(key, reasons.get(key, NOT_READABLE))
        for beginning in begun:
            await self._outbox.room()
            self._go_on(beginning)

    async def subscribe_channel(self, request: SubscribeChannel) -> None:
        """Follow what a channel of the older protocol means, or say what there is instead.

        Raises
        ------
        TooManyStreams, TooManySubscribes
            It counts as any subscription.
        """
        if request.channel != "indicators":
            await self._deny_channel(request, f"Nothing is sent on the channel {request.channel}.")
            return
        try:
            wanted = keys_of_channel(request.instrument_key, request.params)
        except InvalidInput as error:
            await self._deny_channel(request, f"params: {error.message}")
            return
        await self.subscribe(Subscribe([make(key) for key in wanted]))

    async def _deny_channel(self, request: SubscribeChannel, reason: str) -> None:
        self._allowance.count_subscribe()
        keys = [make(PublicKey(request.instrument_key, name)) for name in PUBLIC_INDICATORS]
        keys += [make(key) for key in usual_keys(request.instrument_key)]
        offered = list((await _readable_streams(self.user_id, keys))[0])
        self._tell(
            type="subscription_denied",
            channel=request.channel,
            instrument_key=request.instrument_key,
            reason=f"{reason} Subscribe with stream_keys: "
            + (", ".join(offered) or "the list of streams has those that you may follow")
            + ".",
            offered=offered,
        )

    async def unsubscribe(self, keys: list[str]) -> None:
        """Follow some streams no longer, and say so."""
        followed = [key for key in keys if key in self._followers]
        await self.leave(followed)
        self._tell(
            type="subscription",
            status="unsubscribed",
            stream_keys=followed,
            streams={},
            timestamp=utc_now().isoformat(),
        )

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

    async def _begin(self, stream: ReadableStream, request: Subscribe) -> Beginning:
        asked = request.resume.get(stream.key)
        # A number that the stream never reached is from another life of it, whatever is said.
        same_life = request.epochs.get(stream.key, stream.epoch) == stream.epoch
        resumed = asked if asked is not None and same_life and asked <= stream.seq else None
        oldest_kept = stream.seq - settings.RESUME_FRAMES_MAX
        kept = stream.seq if resumed is None else max(resumed, oldest_kept)
        follower = SocketFollower(
            stream,
            self._outbox,
            user_id=self.user_id,
            position=stream.seq if resumed is None else resumed,
            mode=request.mode,
            on_end=self._ended,
        )
        self._followers[stream.key] = follower
        if resumed is not None:
            self._outbox.begin_after(stream.key, resumed)
        feed = await self._hub.join(follower)
        reader = self._hub.reader
        if resumed is None:
            newest = await reader.last(stream, request.history)
            given = [shown for frame in newest if (shown := follower.given(frame)) is not None]
            return Beginning(follower, feed, kept, snapshot=given)
        oldest = await reader.after(stream, kept, 1) if kept < stream.seq else []
        return Beginning(
            follower,
            feed,
            kept,
            recovered=kept == resumed
            and (kept == stream.seq or [frame.seq for frame in oldest] == [kept + 1]),
        )

    def _go_on(self, beginning: Beginning) -> None:
        follower = beginning.follower
        if not follower.is_followed:
            return
        if beginning.snapshot is not None:
            self._show(follower.stream, beginning.snapshot)
        follower.tell_gap(follower.position + 1, beginning.kept)
        follower.replaying = self._spawn(follower.catch_up(beginning.feed, self._hub.reader))

    def _acknowledge(self, begun: list[Beginning]) -> None:
        self._tell(
            type="subscription",
            status="subscribed",
            stream_keys=[beginning.follower.stream.key for beginning in begun],
            streams={
                beginning.follower.stream.key: {
                    "epoch": beginning.follower.stream.epoch,
                    "offset": beginning.follower.stream.seq,
                    "recovered": beginning.recovered,
                }
                for beginning in begun
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


@in_thread
def _readable_streams(
    user_id: int, keys: list[str]
) -> tuple[dict[str, ReadableStream], dict[str, str]]:
    """Return what a user may read of some streams, by key, and of others what is known of why not.

    Streams of indicators are made for whoever asks.
    """
    denied = ask_for_keys(keys, user_id=user_id, now=utc_now())
    with row_scope.within(row_scope.scope_of(user_id)):
        return access.readable_streams(user_id, keys, at=utc_now()), denied
