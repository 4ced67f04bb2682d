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
from typing import Any

from ingest.signatures import sign
from tests.faults.ledger import Row, SignedRequest, payload_digest

INSTRUMENTS = ("EURUSD", "XAUUSD", "BTCUSD", "NIFTY50")
SINGLE, BATCH = "/api/v1/signals", "/api/v2/signals"
FIRST_TIME = datetime(2026, 1, 5, tzinfo=UTC)


# Numbers in rows of this many are one producer's; every so many rows, a row is sent as one batch.
ROW_SIGNALS = 10
BATCHED_ROWS = 5


@dataclass(frozen=True)
class Parcel:
    """What is sent in one request, before it is signed."""

    path: str
    producer_id: str
    body: bytes
    rows: list[Row]
    idempotency_key: str = ""


@dataclass(frozen=True)
class Envelope:
    """All that goes over the wire, and each signal in it as the ledger knows it."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    requests: list[SignedRequest]
    signed_at: float

    def ids_in(self, answer: bytes) -> list[str]:
        """Return the ids that an acknowledgement tells, in the order of the signals."""
        told = json.loads(answer)
        return [signal["id"] for signal in told.get("signals", [told])]


def make_parcel(number: int, *, producer_ids: list[str], seed: int) -> Parcel | None:
    """Make what is sent when a number's turn has come: the same for the same seed.

    None: its signal is in the batch of an earlier number.
    """
    row = number // ROW_SIGNALS
    producer_id = producer_ids[row % len(producer_ids)]
    if row % BATCHED_ROWS:
        body, content = _make_signal(number, seed=seed)
        return Parcel(SINGLE, producer_id, _spell(body, number), [content])
    if number % ROW_SIGNALS:
        return None
    made = [_make_signal(number + place, seed=seed) for place in range(ROW_SIGNALS)]
    batch = {"signals": [body for body, _ in made]}
    contents = [content for _, content in made]
    return Parcel(BATCH, producer_id, _spell(batch, number), contents, f"row-{row}")


def sign_parcel(parcel: Parcel, *, secret: str) -> Envelope:
    """Sign a parcel at this moment."""
    timestamp = datetime.now(UTC).isoformat()
    signature = sign(
        parcel.body, timestamp=timestamp, producer_id=parcel.producer_id, secret=secret.encode()
    )
    headers = {
        "Content-Type": "application/json",
        "X-Producer-Id": parcel.producer_id,
        "X-Timestamp": timestamp,
        "X-Signature": signature,
    }
    if parcel.idempotency_key:
        headers["Idempotency-Key"] = parcel.idempotency_key
    digest = hashlib.sha256(base64.b64decode(signature)).digest()
    digests = (
        [hashlib.sha256(digest + b"signal:%d" % place).digest() for place in range(ROW_SIGNALS)]
        if parcel.path == BATCH
        else [digest]
    )
    signed_at = time.monotonic()
    requests = [
        SignedRequest(parcel.producer_id, each, content, signed_at)
        for each, content in zip(digests, parcel.rows, strict=True)
    ]
    return Envelope(parcel.path, headers, parcel.body, requests, signed_at)


def _make_signal(number: int, *, seed: int) -> tuple[dict[str, Any], Row]:
    chance = random.Random(f"{seed}:{number}")
    side = chance.choice((0, 1))
    instrument = INSTRUMENTS[number % len(INSTRUMENTS)]
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
    return body, Row(instrument, side, at, payload_digest(payload))


def _spell(body: Any, number: int) -> bytes:
    return json.dumps(body, ensure_ascii=number % 2 == 0).encode()
