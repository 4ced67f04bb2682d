"""The WebSocket: who it is, what they say, what they are sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any
from urllib.parse import parse_qs

import structlog
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from accounts import credentials
from accounts.credentials import Credential
from common import errors
from common.clock import utc_now
from common.errors import (
    Conflict,
    InternalError,
    RateLimited,
    SignalHubError,
    TooLarge,
    Unauthenticated,
)
from common.transports import OUR_FAULT, codes_of
from streams.allowances import Allowance, TooManySubscribes, limits_of
from streams.departures import reconnect_after_ms
from streams.frames import to_text
from streams.hub import Hub, hub_of_this_loop
from streams.messages import (
    Hello,
    MalformedMessage,
    Message,
    Ping,
    Subscribe,
    SubscribeChannel,
    Unsubscribe,
    error_text,
    read_message,
)
from streams.outbox import Outbox
from streams.places import TooManyConnections
from streams.sessions import Session
from streams.threads import in_thread
from streams.tickets import credential_of_token, redeem_ticket

CLOSED_FOR_SLOWNESS = 4408
CLOSED_FOR_RESTART = 1012
HELD_BACK_AGAIN_SECONDS = 10.0  # one who is held back all the time is told once
log = structlog.get_logger(__name__)


class SayHello(Unauthenticated):
    """Say who you are first: {"type": "hello", "token": an API key or a connection token}."""

    code = "say_hello"


class SignedOut(Unauthenticated):
    """What you signed in with was revoked or has run out; sign in again."""

    code = "signed_out"


class AlreadyFollowing(Conflict):
    """Somebody else cannot take over a connection that follows streams; open another."""

    code = "already_following"


class MessageTooLarge(TooLarge):
    """A message is larger than this connection takes."""

    code = "message_too_large"


class TooManyErrors(RateLimited):
    """Too many messages of this connection could not be understood."""

    code = "too_many_errors"


class LiveDown(errors.Unavailable):
    """The database does not answer at the moment; say that again in a few seconds."""

    code = "live_down"


class StreamConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One socket. Whatever is sent to it goes through its outbox, in order."""

    # No layer has this name: sockets are served by the hub, and need no channel of their own.
    channel_layer_alias = "none"

    async def connect(self) -> None:
        """Accept, and let the page's session or the address's ticket say who it is."""
        await self.accept()
        self._session: Session | None = None
        self.credential: Credential | None = None
        self._errors = 0
        self._close_code: int | None = None
        self._outbox = Outbox(
            frames_max=settings.SOCKET_QUEUE_FRAMES,
            bytes_max=settings.SOCKET_QUEUE_BYTES,
            on_overflow=self._cut,
        )
        self._outbox.on_held_back = self._tell_held_back
        self._outbox.direct = self.scope.get("direct_socket")
        self._allowance = Allowance()
        self._place: str | None = None
        self._told_held_back_at: float | None = None
        self._hub: Hub = hub_of_this_loop()
        self._hub.sockets.add(self)
        self._tasks = [
            asyncio.create_task(self._write()),
            asyncio.create_task(self._beat()),
            asyncio.create_task(self._await_hello()),
        ]
        await self._answer(self._recognise())

    async def disconnect(self, code: int) -> None:
        """Let go of everything."""
        self._hub.sockets.discard(self)
        for task in self._tasks:
            task.cancel()
        try:
            if self._session is not None:
                await self._session.close()
        finally:
            await self._give_place_back()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take one message; a bad one is answered with an error and changes nothing."""
        await self._answer(self._hear(text_data, bytes_data))

    async def farewell(self) -> None:
        """Tell the client when to come back, and close."""
        self._tell(type="closing", reconnect_after_ms=reconnect_after_ms())
        self._close_code = CLOSED_FOR_RESTART
        self._outbox.close()
        await asyncio.wait([self._tasks[0]])

    def sign_out(self) -> None:
        """Close, because what opened this connection no longer counts."""
        self._end(SignedOut())

    async def _answer(self, doing: Awaitable[None]) -> None:
        try:
            await doing
        except SignalHubError as error:
            self._refuse(error)
        except (DatabaseError, InterfaceError) as error:
            log.warning("socket_without_database", error=str(error).strip())
            self._refuse(LiveDown())
        except Exception:
            # An error that leaves here ends the consumer without a `disconnect`: what the socket
            # holds, its place and its tasks, would be held for good.
            log.exception("socket_broke")
            self._end(InternalError())

    async def _hear(self, text_data: str | None, bytes_data: bytes | None) -> None:
        self._allowance.count_message()
        size = len(bytes_data or b"") if text_data is None else len(text_data.encode())
        if size > settings.SOCKET_MESSAGE_MAX_BYTES:
            raise MessageTooLarge(limit_bytes=settings.SOCKET_MESSAGE_MAX_BYTES)
        if text_data is None:
            raise MalformedMessage()
        await self._obey(read_message(text_data))

    async def _recognise(self) -> None:
        user = self.scope.get("user")
        if user is not None and user.is_authenticated and not user.must_enrol:
            self.credential = credentials.of_session(user, self.scope.get("session"))
            await self._open(user.pk)
            return
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        if "token" in query:
            await self._sign_in(_redeem_ticket(query["token"][0]))

    async def _obey(self, message: Message) -> None:
        if isinstance(message, Ping):
            self._tell(type="pong", id=message.id, timestamp=utc_now().isoformat())
        elif isinstance(message, Hello):
            if self._session is not None and self._session.stream_keys:
                raise AlreadyFollowing()
            await self._sign_in(_credential_of_token(message.token))
        elif self._session is None:
            raise SayHello()
        elif isinstance(message, Subscribe):
            await self._session.subscribe(message)
        elif isinstance(message, SubscribeChannel):
            await self._session.subscribe_channel(message)
        elif isinstance(message, Unsubscribe):
            await self._session.unsubscribe(message.stream_keys)

    async def _sign_in(self, credential: Awaitable[Credential]) -> None:
        try:
            self.credential = await credential
        except SignalHubError as error:
            self._end(error)
            return
        if await self._open(self.credential.user_id):
            self._tell(type="hello", status="authenticated", timestamp=utc_now().isoformat())

    async def _open(self, user_id: int) -> bool:
        """Begin what a user may do here, if they may have one more connection."""
        limits = await _limits_of(user_id)
        await self._give_place_back()
        try:
            if limits is not None:
                self._place = await self._hub.places.take(user_id, allowed=limits.connections)
        except TooManyConnections as error:
            self._end(error)
            return False
        self._allowance.adopt(limits)
        self._outbox.pace = self._allowance.seconds_until_delivery
        self._session = Session(user_id, self._hub, self._outbox, self._allowance)
        return True

    async def _give_place_back(self) -> None:
        if self._place is not None and self._session is not None:
            place, self._place = self._place, None
            await self._hub.places.give_back(self._session.user_id, place)

    def _refuse(self, error: SignalHubError) -> None:
        if not isinstance(error, TooManySubscribes):  # who only hurries is not cut off
            self._errors += 1
        if isinstance(error, (TooLarge, SayHello)):
            self._end(error)
        elif self._errors > settings.SOCKET_ERRORS_MAX:
            self._end(TooManyErrors())
        else:
            self._outbox.put(error_text(error))

    def _end(self, error: SignalHubError) -> None:
        self._close_code = codes_of(error).websocket or OUR_FAULT.websocket
        self._outbox.close(error_text(error))

    def _cut(self) -> None:
        lagged = {
            "type": "lagged",
            "message": "You read too slowly, or more arrives than your tier lets through; "
            "connect again and resume.",
            "resume": self._outbox.sent,
        }
        self._close_code = CLOSED_FOR_SLOWNESS
        self._outbox.close(to_text(lagged))

    def _tell_held_back(self, seconds: float) -> None:
        now, limits = time.monotonic(), self._allowance.limits
        told_at, self._told_held_back_at = self._told_held_back_at, now
        if limits is None or (told_at is not None and now - told_at < HELD_BACK_AGAIN_SECONDS):
            return
        self._tell(
            type="limited",
            code="messages_limited",
            message=f"More arrives than the {limits.tier} tier lets through: it comes later, and "
            "nothing is lost.",
            messages_per_minute=limits.messages_per_minute,
            burst_per_5_seconds=limits.burst_per_5_seconds,
            retry_after_ms=round(1000 * seconds),
        )

    def _tell(self, **frame: Any) -> None:
        self._outbox.put(to_text(frame))

    async def _write(self) -> None:
        try:
            while (parcel := await self._outbox.take()) is not None:
                await self.send(text_data=parcel.text)
            await self.close(self._close_code)
        except (OSError, RuntimeError):
            # A server raises either of these when the client has gone; then it also says so. That
            # is heard when what the client said before is done, which must not wait for room.
            self._outbox.close()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(settings.HEARTBEAT_SECONDS)
            self._tell(type="heartbeat", timestamp=utc_now().isoformat())

    async def _await_hello(self) -> None:
        await asyncio.sleep(settings.SOCKET_HELLO_SECONDS)
        if self._session is None:
            self._end(SayHello())


_redeem_ticket = in_thread(redeem_ticket)
_credential_of_token = in_thread(credential_of_token)
_limits_of = in_thread(limits_of)
