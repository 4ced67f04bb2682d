"""Small servers in place of what belongs to others: a mail server, and Telegram's Bot API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.streams.servers import free_port


class MailServer:
    """Takes every mail but those to addresses that it refuses, unless it is told what to say."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.refused: set[str] = set()
        self.says_of_senders = self.says_of_contents = "250 OK"
        self.says_of_refused = "550 no such mailbox"
        self.asked_for: list[str] = []  # the addresses
        # Every mail finds it at a port of its own; 0 is not understood by the controller.
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    async def handle_MAIL(  # noqa: N802  as the server calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.says_of_senders

    async def handle_RCPT(  # noqa: N802  as the server calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked_for.append(address)
        if address in self.refused:
            return self.says_of_refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  as the server calls it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        if self.says_of_contents.startswith("2"):
            self.mails.append(BytesParser(policy=default).parsebytes(content))
        return self.says_of_contents

    def close(self) -> None:
        self._controller.stop()


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server for the length of a block."""
    server = MailServer()
    try:
        yield server
    finally:
        server.close()


class BotApi:
    """Answers as the Bot API does; the next answers can be given."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.updates: list[dict[str, Any]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = []  # to messages, the next ones
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def texts(self) -> list[str]:
        return [body["text"] for path, body in self.calls if path.endswith("/sendMessage")]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer_to(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path.endswith("/getUpdates"):
            waiting = [one for one in self.updates if one["update_id"] >= body["offset"]]
            return 200, {"ok": True, "result": waiting}
        return self.answers.pop(0) if self.answers else (200, {"ok": True, "result": {}})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                api.calls.append((self.path, body))
                status, answer = api._answer_to(self.path, body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

        return Handler


@contextmanager
def bot_api() -> Iterator[BotApi]:
    """Run a stand-in of the Bot API for the length of a block."""
    api = BotApi()
    try:
        yield api
    finally:
        api.close()
