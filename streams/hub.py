"""The live side of one process: one Redis subscription, local fan-out, and who lost their right.

There is one hub per event loop. The wake-ups from Redis make it fast; what makes it right is that
it asks the database, twice a second, for the newest numbers, for the rights it rests on, and for
what its sockets were opened with.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from accounts.credentials import Credential, ended_credentials
from common import row_scope
from common.clock import utc_now
from registry.announcements import REVOCATIONS_CHANNEL
from streams import access, cache, presence, voices, watermark_failures
from streams.departures import before_exit
from streams.feeds import Feed, Follower
from streams.frames import read_frame
from streams.interest import Interest
from streams.places import Places
from streams.reading import FrameReader
from streams.threads import in_thread
from streams.wakeups import Wakeups

REVOKED = "revoked"
log = structlog.get_logger(__name__)
_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub_of_this_loop() -> Hub:
    """Return the running event loop's hub, started on first use."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        hub = _hubs[loop] = Hub(settings.REDIS_URL)
        hub.start()
    return hub


class Socket(Protocol):
    """One open connection, and what it was opened with."""

    credential: Credential | None

    def sign_out(self) -> None:
        """Close, because what opened it no longer counts."""

    async def farewell(self) -> None:
        """Tell the client when to come back, and close."""


class Hub:
    """Everything that the sockets of one process share."""

    def __init__(self, redis_url: str) -> None:
        self.redis = cache.connect_async(redis_url)
        self.reader = FrameReader(self.redis)
        self.places = Places(self.redis)
        self._interest = Interest(self.redis)
        self.sockets: set[Socket] = set()
        self._feeds: dict[str, Feed] = {}
        self._wakeups = Wakeups(redis_url, on_message=self._hear, on_connected=self._check_soon)
        self._check_wanted = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to listen and to check."""
        self._spawn(self._wakeups.run())
        self._spawn(self._wakeups.subscribe(REVOCATIONS_CHANNEL))
        self._spawn(self._keep_checking())
        self._spawn(self.places.keep())
        self._spawn(self._interest.keep(self._public_streams))
        self._spawn(presence.keep_telling(self.redis, self._crowd))
        before_exit(self.close_sockets)

    async def close_sockets(self) -> None:
        """Close every socket with a word of when to come back."""
        await asyncio.gather(*(socket.farewell() for socket in self.sockets))

    async def join(self, follower: Follower) -> Feed:
        """Let a follower in, not yet live, and return its feed.

        From the return on, the feed's position moves with every frame; the follower is live when
        it has itself come to that position.
        """
        key = follower.stream.key
        feed = self._feeds.get(key)
        if feed is not None:
            feed.followers.add(follower)
            return feed
        feed = self._feeds[key] = Feed(follower.stream, self.reader)
        feed.followers.add(follower)
        if feed.stream.public:
            self._interest.hurry()
        try:
            await self._wakeups.subscribe(cache.channel_name(key))
            # What was published between the decision and the subscription is caught up with.
            newest = await _newest_numbers([feed.stream.id])
        except BaseException:
            await self.leave(follower)
            raise
        feed.learn(newest.get(feed.stream.id, 0))
        return feed

    async def leave(self, follower: Follower) -> None:
        """Let a follower go, and the channel with the last of them."""
        key = follower.stream.key
        feed = self._feeds.get(key)
        if feed is None:
            return
        feed.followers.discard(follower)
        if not feed.followers:
            del self._feeds[key]
            feed.stop()
            await self._wakeups.unsubscribe(cache.channel_name(key))

    def _crowd(self) -> presence.Crowd:
        followers = sum(len(feed.followers) for feed in self._feeds.values())
        return presence.Crowd(
            sockets=len(self.sockets), streams=len(self._feeds), followers=followers
        )

    def _hear(self, channel: str, text: str) -> None:
        try:
            self._understand(channel, text)
        except (ValueError, KeyError, TypeError) as error:
            log.error("hub_heard_nonsense", channel=channel, error=repr(error))

    def _understand(self, channel: str, text: str) -> None:
        if channel == REVOCATIONS_CHANNEL:
            self._hear_revocation(text)
            return
        feed = self._feeds.get(channel.removeprefix(cache.channel_name("")))
        if feed is None:
            return
        if text.startswith(voices.BEGINNING):
            feed.tell(text)
            return
        frame = read_frame(text)
        if frame.epoch == feed.stream.epoch:
            feed.take(frame)

    def _hear_revocation(self, text: str) -> None:
        message = json.loads(text)
        user_id = None if message["user_id"] is None else int(message["user_id"])
        script_id = None if message["script_id"] is None else UUID(message["script_id"])
        meant = {
            right
            for right in self._rights()
            if user_id in (None, right.user_id) and script_id in (None, right.script_id)
        }
        if meant:
            self._spawn(self._check_revoked(meant))

    async def _check_revoked(self, rights: set[access.Right]) -> None:
        try:
            ended = await _ended_rights(rights)
        except (DatabaseError, InterfaceError):
            # Somebody said that the rights have ended, and nobody can say that they have not.
            ended = rights
        self._end(ended)

    def _rights(self) -> set[access.Right]:
        return set().union(*(feed.rights for feed in self._feeds.values()))

    async def _keep_checking(self) -> None:
        while True:
            self._check_wanted.clear()
            try:
                await self._check()
            except Exception:
                # Whatever it was: the checks go on, for revoked rights end by them.
                log.exception("hub_cannot_check")
            try:
                async with asyncio.timeout(settings.REVOCATION_CHECK_SECONDS):
                    await self._check_wanted.wait()
            except TimeoutError:
                continue

    async def _check(self) -> None:
        if rights := self._rights():
            self._end(await _ended_rights(rights))
        if opened_with := {socket.credential for socket in self.sockets if socket.credential}:
            self._sign_out(await _ended_credentials(opened_with))
        if watermark_failures.are_waiting():
            await _write_failures()
        feeds = {feed.stream.id: feed for feed in self._feeds.values()}
        if feeds:
            for stream_id, seq in (await _newest_numbers(list(feeds))).items():
                feeds[stream_id].remind(seq)

    def _public_streams(self) -> list[int]:
        return [feed.stream.id for feed in self._feeds.values() if feed.stream.public]

    def _sign_out(self, ended: set[Credential]) -> None:
        for socket in tuple(self.sockets):
            if socket.credential in ended:
                socket.sign_out()

    def _check_soon(self) -> None:
        self._check_wanted.set()

    def _end(self, ended: set[access.Right]) -> None:
        if not ended:
            return
        for feed in tuple(self._feeds.values()):
            for follower in tuple(feed.followers):
                if follower.stream.right_of(follower.user_id) in ended:
                    feed.followers.discard(follower)
                    follower.end(REVOKED)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("hub_task_failed", exc_info=error)


# The hub serves the sockets of many users: what it asks for, it has decided about itself.


@in_thread
@row_scope.for_the_platform
def _ended_rights(rights: set[access.Right]) -> set[access.Right]:
    return access.ended_rights(rights, at=utc_now())


@in_thread
def _ended_credentials(credentials: set[Credential]) -> set[Credential]:
    return ended_credentials(credentials, at=utc_now())


_write_failures = in_thread(row_scope.for_the_platform(watermark_failures.write))


@in_thread
@row_scope.for_the_platform
def _newest_numbers(stream_ids: list[int]) -> dict[int, int]:
    return access.newest_numbers(stream_ids)
