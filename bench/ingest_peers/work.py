"""What each peer does with a signed signal: verify, parse, insert, and nothing more.

No grammars, no window, no replay that is answered, no log: the least that keeps a signature and a
row. Knows nothing of Django.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from psycopg_pool import AsyncConnectionPool

SECRET = os.environ.get("BENCH_SECRET", "").encode()
PRODUCER = int(os.environ.get("BENCH_PRODUCER", "0"))
POOL = 8
INSERT = """
INSERT INTO signals (id, instrument, side, time, payload, version, status,
                     created_at, updated_at, producer_id, mac_digest)
VALUES (%s, %s, %s, %s, %s::jsonb, %s, 0, %s, %s, %s, %s)
ON CONFLICT (producer_id, mac_digest) DO NOTHING
"""


class BadSignature(Exception):
    """The signature does not hold."""


def make_pool() -> AsyncConnectionPool[Any]:
    """Return a pool that commits each statement by itself."""
    options = "-c signalhub.scope=platform"
    return AsyncConnectionPool[Any](
        os.environ["DATABASE_URL"],
        kwargs={"autocommit": True, "options": options},
        min_size=1,
        max_size=POOL,
        open=False,
    )


def verify(body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return the digest of a request whose signature holds."""
    producer, timestamp = headers["x-producer-id"], headers["x-timestamp"]
    message = body + timestamp.encode() + producer.encode()
    mac = hmac.digest(SECRET, message, hashlib.sha256)
    if not hmac.compare_digest(mac, base64.b64decode(headers["x-signature"], validate=True)):
        raise BadSignature
    return hashlib.sha256(mac).digest()


def row_of(signal: Mapping[str, Any], digest: bytes) -> tuple[uuid.UUID, datetime, tuple[Any, ...]]:
    """Return a signal's id, its instant and its row."""
    now, identifier = datetime.now(UTC), _uuid7()
    payload = json.dumps(signal["payload"])
    time_of = signal["time"]
    return (
        identifier,
        now,
        (
            identifier,
            signal["instrument"],
            signal["side"],
            datetime.fromisoformat(time_of) if isinstance(time_of, str) else time_of,
            payload,
            signal.get("version", 1),
            now,
            now,
            PRODUCER,
            digest,
        ),
    )


def receipt(identifier: uuid.UUID, now: datetime) -> dict[str, Any]:
    """Return what is answered."""
    return {"id": str(identifier), "status": 0, "created_at": now.isoformat()}


def _uuid7() -> uuid.UUID:
    value = (time.time_ns() // 1_000_000 << 80) | 0x7 << 76 | 0b10 << 62
    return uuid.UUID(int=value | secrets.randbits(12) << 64 | secrets.randbits(62))
