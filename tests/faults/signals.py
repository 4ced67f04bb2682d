"""The signals of a run, each made from its number, and their signed requests."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ingest.signatures import sign
from tests.faults.ledger import Row, SignedRequest, payload_digest

INSTRUMENTS = ("EURUSD", "XAUUSD", "BTCUSD", "NIFTY50")
FIRST_TIME = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class NumberedSignal:
    """A signal before it is signed."""

    number: int
    producer_id: str
    body: bytes
    row: Row


@dataclass(frozen=True)
class Envelope:
    """All that goes over the wire, and the request as the ledger knows it."""

    request: SignedRequest
    headers: Mapping[str, str]
    body: bytes


def make_signal(number: int, *, producer_ids: list[str], seed: int) -> NumberedSignal:
    """Make the signal of a number: the same for the same seed, and like no other of the run."""
    chance = random.Random(f"{seed}:{number}")
    side = chance.choice((0, 1))
    instrument = INSTRUMENTS[number // len(producer_ids) % len(INSTRUMENTS)]
    at = FIRST_TIME + timedelta(seconds=number)
    payload = {
        "number": number,
        "rsi": round(chance.uniform(0, 100), 3),
        "note": "é" * chance.randrange(20),
        "levels": [chance.randrange(10_000) for _ in range(chance.randrange(5))],
    }
    body = {
        "instrument": instrument,
        "side": side,
        "time": at.isoformat(),
        "payload": payload,
        "version": 1,
    }
    return NumberedSignal(
        number=number,
        producer_id=producer_ids[number % len(producer_ids)],
        body=json.dumps(body, ensure_ascii=number % 2 == 0).encode(),
        row=Row(instrument, side, at, payload_digest(payload)),
    )


def sign_signal(signal: NumberedSignal, *, secret: str) -> Envelope:
    """Sign a signal at this moment."""
    timestamp = datetime.now(UTC).isoformat()
    signature = sign(
        signal.body, timestamp=timestamp, producer_id=signal.producer_id, secret=secret.encode()
    )
    mac_digest = hashlib.sha256(base64.b64decode(signature)).digest()
    headers = {
        "Content-Type": "application/json",
        "X-Producer-Id": signal.producer_id,
        "X-Timestamp": timestamp,
        "X-Signature": signature,
    }
    request = SignedRequest(signal.producer_id, mac_digest, signal.row, time.monotonic())
    return Envelope(request, headers, signal.body)
