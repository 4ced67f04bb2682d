"""Producers' clients: each sends the identical signed request until it is acknowledged."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from tests.faults.ledger import Ledger
from tests.faults.signals import Envelope, Parcel, make_parcel, sign_parcel

ANSWER_SECONDS = 2.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.05, 0.5
# A little before the platform's window ends, so that what is sent late is signed anew.
SIGNATURE_SECONDS = 280.0
REPEATED_ANYWAY = 10  # every so many signals one is sent again although it was acknowledged
ACKNOWLEDGEMENTS = (200, 201)
TRY_AGAIN = (429, 503)
LOOK_SECONDS = 0.01


class UnexpectedAnswer(Exception):
    """The platform gave an answer that neither accepts a signal nor asks to wait."""


@dataclass
class Senders:
    """Some clients that share the signals to be sent, and the ledger they write.

    A signal whose number is not below ``released`` is not sent yet.
    """

    port: int
    secrets: Mapping[str, str]
    signals: int
    seed: int
    released: int = 0
    ledger: Ledger = field(default_factory=Ledger)
    failures: list[BaseException] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    _numbers: Iterator[int] = field(default_factory=count)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, clients: int) -> None:
        """Begin to send, from as many threads as there are clients."""
        for _ in range(clients):
            thread = threading.Thread(target=self._work, daemon=True)
            self._threads.append(thread)
            thread.start()

    def are_done(self) -> bool:
        """Tell whether every signal was acknowledged, or a client gave up."""
        return bool(self.failures) or not any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """End the clients, whatever is left to send."""
        self.stopped.set()
        for thread in self._threads:
            thread.join()

    def parcel_of(self, number: int) -> Parcel | None:
        """Make what is sent when a number's turn has come."""
        return make_parcel(number, producer_ids=list(self.secrets), seed=self.seed)

    def sign(self, parcel: Parcel) -> Envelope:
        """Sign a parcel, and enter its signals in the ledger."""
        envelope = sign_parcel(parcel, secret=self.secrets[parcel.producer_id])
        for request in envelope.requests:
            self.ledger.add(request)
        return envelope

    def _work(self) -> None:
        client = _Client(self)
        try:
            # One step of the interpreter takes the next number: no two threads get the same.
            while (number := next(self._numbers)) < self.signals:
                while number >= self.released and not self.stopped.wait(LOOK_SECONDS):
                    pass
                if self.stopped.is_set():
                    return
                if (parcel := self.parcel_of(number)) is not None:
                    client.deliver(parcel, again=number % REPEATED_ANYWAY == 0)
        except BaseException as failure:
            self.failures.append(failure)
        finally:
            client.hang_up()


class _Client:
    """One client with one connection, which it opens again when it broke."""

    def __init__(self, senders: Senders) -> None:
        self._senders = senders
        self._connection: http.client.HTTPConnection | None = None

    def deliver(self, parcel: Parcel, *, again: bool) -> None:
        """Send a parcel until it is acknowledged, and then once more if so desired."""
        envelope = self._senders.sign(parcel)
        wait = FIRST_WAIT_SECONDS
        while not self._is_acknowledged(envelope) and not self._senders.stopped.wait(wait):
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)
            if time.monotonic() - envelope.signed_at > SIGNATURE_SECONDS:
                envelope = self._senders.sign(parcel)
        if again:
            self._is_acknowledged(envelope)

    def hang_up(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _is_acknowledged(self, envelope: Envelope) -> bool:
        ledger = self._senders.ledger
        try:
            status, body = self._ask(envelope)
        except TimeoutError:
            ledger.note_outcome("no answer in time")
        except (OSError, http.client.HTTPException):
            ledger.note_outcome("connection lost")
        else:
            ledger.note_outcome(str(status))
            if status in ACKNOWLEDGEMENTS:
                told = envelope.ids_in(body)
                for request, signal_id in zip(envelope.requests, told, strict=True):
                    ledger.note_answer(request, status, signal_id, time.monotonic())
                return True
            if status in TRY_AGAIN:
                return False
            raise UnexpectedAnswer(f"{status}: {body[:500]!r}")
        self.hang_up()
        return False

    def _ask(self, envelope: Envelope) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self._senders.port, timeout=ANSWER_SECONDS
            )
        self._connection.request("POST", envelope.path, envelope.body, dict(envelope.headers))
        reply = self._connection.getresponse()
        return reply.status, reply.read()
