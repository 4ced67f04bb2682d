"""The two fronts of ingest: Django's view, and the handler beside Django in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from queue import SimpleQueue
from typing import Any, TypeVar

from django.http import HttpResponse
from django.test import Client, RequestFactory

from common.clock import utc_now
from ingest.api import django_connection
from ingest.api.asgi import Intake
from ingest.api.doors import DOORS, Door
from ingest.api.views import respond
from ingest.dialogue import Rows, Statement
from ingest.services.failures import note_failure

T = TypeVar("T")
Headers = Iterable[tuple[str, str]]


class InThisTransaction:
    """The test's own connection in the pool's place: it sees, and takes back, what is stored.

    The event loop runs in another thread; what it asks of the database is done in the test's.
    """

    def __init__(self) -> None:
        self._questions: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    async def ask(self, statement: Statement) -> Rows:
        return await self._do(lambda: django_connection.ask(statement))

    async def note(self, producer_pk: int, reason: str, *, now: datetime, count: int) -> None:
        await self._do(lambda: note_failure(producer_pk, reason, now=now, count=count))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in an event loop until it is done."""
        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(asyncio.run, work)
            running.add_done_callback(lambda _: self._questions.put(None))
            while (question := self._questions.get()) is not None:
                question()
            return running.result()

    async def _do(self, act: Callable[[], T]) -> T:
        done: Future[T] = Future()

        def answer() -> None:
            if not done.set_running_or_notify_cancel():
                return  # the loop has ended, and nobody waits
            try:
                done.set_result(act())
            except BaseException as error:
                done.set_exception(error)

        self._questions.put(answer)
        return await asyncio.wrap_future(done)


class DjangoFront(Client):
    """Django's test client, which can also tell the time."""

    def respond_at(self, now: datetime, path: str, raw: bytes, headers: Headers) -> HttpResponse:
        """Answer a POST as if it arrived at ``now``."""
        request = RequestFactory().post(
            path, raw, content_type="application/json", headers=dict(headers)
        )
        return respond(request, door_at(path), now=now)


class AsgiFront:
    """Speaks to the handler as a server of ASGI does, in the words of Django's test client."""

    def __init__(self) -> None:
        self._database = InThisTransaction()
        self._intake = Intake(
            self._database, note=self._database.note, clock=lambda: self._now or utc_now()
        )
        self._now: datetime | None = None

    def respond_at(self, now: datetime, path: str, raw: bytes, headers: Headers) -> HttpResponse:
        """Answer a POST as if it arrived at ``now``."""
        self._now = now
        try:
            return self.post(path, raw, content_type="application/json", headers=dict(headers))
        finally:
            self._now = None

    def post(
        self,
        path: str,
        data: bytes = b"",
        *,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        CONTENT_TYPE: str = "",  # noqa: N803  what Django's client sends with an empty body
    ) -> HttpResponse:
        pairs = [("Content-Type", content_type), *(headers or {}).items()]
        return self.request("POST", path, pairs, [data])

    def get(self, path: str) -> HttpResponse:
        return self.request("GET", path, [], [b""])

    def put(self, path: str) -> HttpResponse:
        return self.request("PUT", path, [], [b""])

    def patch(self, path: str) -> HttpResponse:
        return self.request("PATCH", path, [], [b""])

    def delete(self, path: str) -> HttpResponse:
        return self.request("DELETE", path, [], [b""])

    def request(
        self, method: str, path: str, headers: Headers, parts: Iterable[bytes]
    ) -> HttpResponse:
        """Send a request whose header lines and parts of the body are as they are given."""
        return self._database.run(exchange(self._intake, method, path, headers, parts))


async def exchange(
    intake: Intake, method: str, path: str, headers: Headers, parts: Iterable[bytes]
) -> HttpResponse:
    """Speak to the handler as a server does, and return what it answers."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ],
        "client": ("127.0.0.1", 4711),
    }
    messages: list[Mapping[str, Any]] = [
        *({"type": "http.request", "body": part, "more_body": True} for part in parts),
        {"type": "http.request", "body": b""},
    ]
    answered: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return messages.pop(0)

    async def send(message: Mapping[str, Any]) -> None:
        answered.append(message)

    await intake.answer(door_at(path), scope, receive, send)
    start, body = answered
    fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return HttpResponse(body["body"], status=start["status"], headers=fields)


def door_at(path: str) -> Door:
    """Return the door at an address."""
    return next(door for door in DOORS if door.path == path)
