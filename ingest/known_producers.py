"""Producers as a process remembers them, so that a request costs no question about its sender.

What is remembered may be outdated. So nothing is refused on memory alone, and the statement that
stores a signal takes it only from a producer that is still at the remembered revision.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from ingest.dialogue import Dialogue, Statement
from ingest.models import Producer
from ingest.producer_secrets import valid_secrets

REMEMBERED_MAX = 10_000  # producers; each is a few kilobytes at most
COLUMNS = (
    "id",
    "producer_id",
    "tenant_id",
    "secret_encrypted",
    "previous_secret_encrypted",
    "revision",
    "enabled",
    "strict_clock",
    "dialect",
    "created_at",
    "last_seen_at",
)
JSON_COLUMNS = ("mapping", "allowed_networks", "payload_schema")
FIND = f"""
SELECT {", ".join(COLUMNS)}, {", ".join(f"{name}::text" for name in JSON_COLUMNS)}
FROM ingest_producer WHERE producer_id = %(producer_id)s
"""


@dataclass(frozen=True, slots=True)
class KnownProducer:
    """A producer with the secrets it may sign with."""

    producer: Producer
    secrets: list[bytes]


class KnownProducers:
    """What one process remembers."""

    def __init__(self) -> None:
        self._by_id: dict[str, KnownProducer] = {}

    def remembered(self, producer_id: str) -> KnownProducer | None:
        """Return a producer as it was when it was last looked up."""
        return self._by_id.get(producer_id)

    def look_up(self, producer_id: str) -> Dialogue[KnownProducer | None]:
        """Read a producer from the database, and remember it."""
        rows = yield Statement(FIND, {"producer_id": producer_id})
        self._by_id.pop(producer_id, None)
        if not rows:
            return None
        (row,) = rows
        values = dict(zip((*COLUMNS, *JSON_COLUMNS), row, strict=True))
        for name in JSON_COLUMNS:
            values[name] = None if values[name] is None else json.loads(values[name])
        producer = Producer(**values)
        known = KnownProducer(producer, valid_secrets(producer))
        if len(self._by_id) >= REMEMBERED_MAX:
            del self._by_id[next(iter(self._by_id))]
        self._by_id[producer_id] = known
        return known
