"""uvicorn's HTTP/1.1 with an end to everything: heads, bodies and readers that never finish.

uvicorn waits for as long as a client likes, and for as much of a head as it likes to send. Here
each part of a request has a deadline and a size, what is unclear is refused, and a client that
does not read its answer is let go. Nothing that is cut has taken a thread or a worker.
"""

from __future__ import annotations

import asyncio
from typing import Any

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from common.errors import SignalHubError
from common.http.parsers import BodyTooLarge
from signalhub.file_bodies import body_bytes_of, body_seconds_of
from signalhub.serving import request_heads
from signalhub.serving.refusals import (
    AddressTooLong,
    HeadersTooLarge,
    RequestNotReadable,
    RequestTooSlow,
    answer_of,
)
from signalhub.serving.request_heads import Limits

# Until a client that still sends has read why it was refused.
LINGER_SECONDS = 1.0


class Refused(Exception):
    """The parser is to stop here."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limits = limits_of_settings()
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._refusal: SignalHubError | None = None
        self._is_deaf = False  # what still comes is thrown away
        self._in_head, self._in_body = True, False
        self._head_bytes = self._body_bytes = self._unread_bytes = 0
        self._body_bytes_max = body_bytes_of("")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._allow(self.limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timers()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_deaf or self.transport.is_closing():
            return
        if self._timer is None:
            self._allow(self.limits.head_seconds)
        was_in_head = self._in_head
        super().data_received(data)
        if not self._is_deaf and was_in_head == self._in_head:
            self._count(len(data))

    # One long line, or what stands between the chunks, is handed on when it ends, if it is.
    def _count(self, size: int) -> None:
        self._unread_bytes += size
        most = self.limits.head_bytes if self._in_head else 2 * self._body_bytes_max
        if self._unread_bytes > most:
            self._refusal = HeadersTooLarge() if self._in_head else self._body_too_large()
            self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = self._body_bytes = self._unread_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.url_bytes:
            self._refuse(AddressTooLong(limit_bytes=self.limits.url_bytes))

    def on_header(self, name: bytes, value: bytes) -> None:
        # After the body they are trailers: of no use to us, and no way to change what came before.
        if self._in_head:
            super().on_header(name, value)
        self._head_bytes += len(name) + len(value) + 4
        too_many = len(self.headers) > self.limits.headers
        if too_many or self._head_bytes > self.limits.head_bytes:
            self._refuse(
                HeadersTooLarge(
                    limit_headers=self.limits.headers, limit_bytes=self.limits.head_bytes
                )
            )

    def on_headers_complete(self) -> None:
        method = self.parser.get_method().decode("ascii")
        version = self.parser.get_http_version()
        objection = request_heads.objection_to(method, self.url, version, self.headers)
        if objection is not None:
            self._refuse(RequestNotReadable(objection))
        path = self.url.partition(b"?")[0].decode("latin-1")
        self._body_bytes_max = body_bytes_of(path)
        lengths = request_heads.values_of(self.headers, b"content-length")
        if any(int(length) > self._body_bytes_max for length in lengths):
            self._refuse(self._body_too_large())
        self._in_head, self._in_body = False, True
        self._head_bytes = self._unread_bytes = 0
        super().on_headers_complete()
        if self.parser.should_upgrade() and not self._should_upgrade():
            # The protocol that was asked for is not spoken; llhttp reads no more of this one.
            self.cycle.keep_alive = False
            self._is_deaf = True
        self._allow(body_seconds_of(path))

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes > self._body_bytes_max:
            self._refuse(self._body_too_large())
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head, self._in_body = True, False
        self._unread_bytes = 0
        self._stop_timer()

    def handle_websocket_upgrade(self) -> None:
        self._stop_timers()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._write_timer = self.loop.call_later(self.limits.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what comes, without putting an answer before one that is still being made."""
        self._stop_timer()
        self._is_deaf = True
        if self.cycle is not None and not self.cycle.response_complete:
            if not self._in_body:
                self._let_answer_be_the_last()
                return
            self._take_request_back()
            if self.cycle.response_started:
                self.transport.close()
                return
        status, headers, body = answer_of(self._refusal or RequestNotReadable())
        lines = [STATUS_LINE[status], *(name + b": " + value + b"\r\n" for name, value in headers)]
        self.transport.write(b"".join([*lines, b"\r\n", body]))
        self._linger()

    def _refuse(self, error: SignalHubError) -> None:
        self._refusal = error
        raise Refused

    def _body_too_large(self) -> BodyTooLarge:
        return BodyTooLarge(f"The body: at most {self._body_bytes_max} bytes.", field="body")

    def _let_answer_be_the_last(self) -> None:
        last = self.pipeline[0][0] if self.pipeline else self.cycle
        last.keep_alive = False

    # Whoever waits for the rest of the body learns that it will not come, and answers nobody.
    def _take_request_back(self) -> None:
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    def _too_slow(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self._refusal = RequestTooSlow()
            self.send_400_response("")

    # Closed at once, with bytes unread, the answer could be lost on its way.
    def _linger(self) -> None:
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _allow(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._too_slow)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_timers(self) -> None:
        self._stop_timer()
        if self._write_timer is not None:
            self._write_timer.cancel()


def limits_of_settings() -> Limits:
    """Return the limits that the settings say."""
    return Limits(
        head_seconds=settings.HTTP_HEAD_SECONDS,
        write_seconds=settings.HTTP_WRITE_SECONDS,
        url_bytes=settings.HTTP_URL_MAX_BYTES,
        head_bytes=settings.HTTP_HEAD_MAX_BYTES,
        headers=settings.HTTP_HEADERS_MAX,
    )
