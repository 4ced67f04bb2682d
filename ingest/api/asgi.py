"""The hot path: signals taken in beside Django, by the same rules and with the same SQL.

A request costs one statement. Nothing waits without bound: for a connection only so many at once
and so long, and a body that is too long is not read to its end; one that is too slow is for the
server to end.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import structlog

from common import row_scope
from common.clock import utc_now
from common.errors import SignalHubError
from common.request_ids import HEADER as REQUEST_ID
from common.request_ids import request_id_of
from ingest.api.doors import Door
from ingest.api.pool import SignalPool
from ingest.api.requests import (
    FORWARDED_FOR,
    HEADERS,
    Aftermath,
    Failure,
    Received,
    Reply,
    method_not_allowed,
    too_large,
)
from ingest.api.senders import refuse_unread
from ingest.dialogue import DatabaseAway, DatabaseRefused, Question, Rows, Statement, hold_async
from ingest.known_producers import KnownProducers
from ingest.publication import WAKE
from ingest.rates import require_room_async
from ingest.services.failures import note_failure
from streams.threads import in_thread

WAKE_SECONDS = 0.1  # a first signal wakes at once, and those that follow within this time together
NAMES = {name.lower().encode(): name for name in (*HEADERS, FORWARDED_FOR, REQUEST_ID)}
# What Django's middleware says of every answer, as far as it concerns one that is no page.
CONSTANT_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]
NOTES_WAITING_MAX = 20
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]
logger = structlog.get_logger("ingest.api")


class Database(Protocol):
    """What carries statements."""

    async def ask(self, statement: Statement) -> Rows: ...


class Note(Protocol):
    """Count why requests of a producer stored nothing."""

    def __call__(
        self, producer_pk: int, reason: str, *, now: datetime, count: int
    ) -> Awaitable[None]: ...


class Gone(Exception):
    """The client is gone before its request was complete: nobody waits for an answer."""


class Intake:
    """What takes signals in for one event loop."""

    def __init__(
        self, database: Database, *, note: Note, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._clock = clock
        self._note = note
        self._producers = KnownProducers()
        self._notes_waiting = 0
        self._uncounted: Counter[tuple[Failure, date]] = Counter()
        self._wake_is_due = False
        self._woken_at = float("-inf")
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, door: Door, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request at a door."""
        now = self._clock()
        sent = _headers_of(scope)
        request_id = request_id_of(sent.get(REQUEST_ID))
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                body = await _read_body(scope, receive, door.limit())
            except Gone:
                return
            except SignalHubError as error:
                unread = refuse_unread(sent, error, refuse=door.refuse, producers=self._producers)
                reply = await hold_async(unread, self._ask)
            else:
                client = scope.get("client")
                received = Received(
                    body=body,
                    headers=sent,
                    peer=client[0] if client else "",
                    forwarded_for=sent.get(FORWARDED_FOR, ""),
                    now=now,
                )
                dialogue = door.receive(received, producers=self._producers)
                reply = await hold_async(dialogue, self._ask)
            await _send(send, reply, request_id)
            await self._finish(reply.aftermath, now)

    async def close(self) -> None:
        """Finish what was begun in the background."""
        await asyncio.gather(*self._tasks)

    async def _ask(self, question: Question) -> Rows:
        if isinstance(question, Statement):
            return await self._database.ask(question)
        await require_room_async(question.producer_id)
        return []

    async def _finish(self, aftermath: Aftermath, now: datetime) -> None:
        if aftermath.publishes:
            self._wake_soon()
        if aftermath.seen is not None:
            await self._ask_in_vain(aftermath.seen)
        if aftermath.failure is not None:
            await self._count_failure(aftermath.failure, now)

    async def _count_failure(self, failure: Failure, now: datetime) -> None:
        # However many come at once, few are being written, and these write for all others: what
        # waits is a number for each producer and reason, so no flood makes it large.
        self._uncounted[failure, now.date()] += 1
        if self._notes_waiting >= NOTES_WAITING_MAX:
            return
        self._notes_waiting += 1
        try:
            while self._uncounted:
                (waiting, _), count = self._uncounted.popitem()
                await self._note(waiting.producer_pk, waiting.reason, now=now, count=count)
        finally:
            self._notes_waiting -= 1

    def _wake_soon(self) -> None:
        if self._wake_is_due:
            return
        self._wake_is_due = True
        loop = asyncio.get_running_loop()
        loop.call_at(max(loop.time(), self._woken_at + WAKE_SECONDS), self._wake)

    def _wake(self) -> None:
        self._wake_is_due = False
        self._woken_at = asyncio.get_running_loop().time()
        task = asyncio.get_running_loop().create_task(self._ask_in_vain(WAKE))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask_in_vain(self, statement: Statement) -> None:
        # The answer is given; what is missed here is made up for: by the next signal, by a look
        # that the publisher takes every second anyway.
        with suppress(DatabaseAway, DatabaseRefused):
            await self._database.ask(statement)


def _headers_of(scope: Message) -> dict[str, str]:
    """Return the headers that matter; a name that merely looks alike is another header."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        known = NAMES.get(name)
        if known is not None:
            text = value.decode("latin-1")
            found[known] = f"{found[known]},{text}" if known in found else text
    return found


async def _read_body(scope: Message, receive: Receive, limit: int) -> bytes:
    if scope["method"] != "POST":
        raise method_not_allowed()
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone()
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(limit)
        if not message.get("more_body", False):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)


async def _send(send: Send, reply: Reply, request_id: str) -> None:
    headers = [
        (b"content-type", reply.content_type.encode()),
        (b"content-length", str(len(reply.body)).encode()),
        (REQUEST_ID.lower().encode(), request_id.encode()),
        *CONSTANT_HEADERS,
        *((name.lower().encode(), value.encode()) for name, value in reply.headers),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


class SignalIntake:
    """The ASGI application of all doors, with a pool of connections for each event loop."""

    def __init__(self, doors: Sequence[Door], otherwise: Application) -> None:
        self._doors = {door.path: door for door in doors}
        self._otherwise = otherwise
        self._intakes: WeakKeyDictionary[asyncio.AbstractEventLoop, Intake] = WeakKeyDictionary()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer at a door, and let ``otherwise`` answer everywhere else."""
        door = self._doors.get(scope["path"])
        if door is None:
            await self._otherwise(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        intake = self._intakes.get(loop)
        if intake is None:
            intake = self._intakes[loop] = Intake(
                SignalPool(), note=in_thread(row_scope.for_the_platform(note_failure))
            )
        await intake.answer(door, scope, receive, send)
