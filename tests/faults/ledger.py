"""What was sent and what was answered: kept by the senders, compared with the table afterwards."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Row:
    """What the table holds of one signal, in a form that can be compared."""

    instrument: str
    side: int
    time: datetime
    payload_sha256: str


@dataclass(eq=False)
class SignedRequest:
    """One signed request, which may be sent many times."""

    producer_id: str
    mac_digest: bytes
    row: Row
    signed_at: float  # of the monotonic clock, as are all times here
    acknowledged_at: float | None = None
    told: list[str] = field(default_factory=list)  # the id, once per acknowledgement
    created: int = 0  # how often it was told that it was the first

    @property
    def signal_id(self) -> str:
        return self.told[0]


@dataclass
class Ledger:
    """All requests of one run, and what became of all attempts to send them."""

    requests: list[SignedRequest] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _acknowledged: int = 0

    @property
    def acknowledged(self) -> int:
        """Return how many requests were acknowledged at least once."""
        return self._acknowledged

    def add(self, request: SignedRequest) -> None:
        """Remember a request before it is sent for the first time."""
        with self._lock:
            self.requests.append(request)

    def note_outcome(self, outcome: str) -> None:
        """Count what came of an attempt."""
        with self._lock:
            self.outcomes[outcome] += 1

    def note_answer(self, request: SignedRequest, status: int, signal_id: str, at: float) -> None:
        """Remember an acknowledgement."""
        with self._lock:
            request.told.append(signal_id)
            request.created += status == 201
            if request.acknowledged_at is None:
                request.acknowledged_at = at
                self._acknowledged += 1


@dataclass(frozen=True)
class Verdict:
    """What is wrong, each as the ids or digests it concerns; all empty: nothing is."""

    lost: list[str]
    changed: list[str]
    duplicated: list[str]
    strangers: list[str]
    id_mismatches: list[str]

    def counts(self) -> dict[str, int]:
        """Return how many of each there are."""
        return {name: len(found) for name, found in vars(self).items()}


def compare(ledger: Ledger, stored: list[tuple[str, bytes, Row]]) -> Verdict:
    """Hold the rows of the table (id, digest of the signature, content) against the ledger."""
    rows: dict[bytes, list[tuple[str, Row]]] = {}
    for signal_id, mac_digest, row in stored:
        rows.setdefault(mac_digest, []).append((signal_id, row))
    acknowledged = [request for request in ledger.requests if request.told]
    ids = {signal_id for signal_id, _, _ in stored}
    known = {request.mac_digest for request in ledger.requests}
    return Verdict(
        lost=[request.signal_id for request in acknowledged if request.signal_id not in ids],
        changed=[
            request.signal_id
            for request in acknowledged
            if (request.signal_id, request.row) not in rows.get(request.mac_digest, [])
        ],
        duplicated=[digest.hex() for digest, found in rows.items() if len(found) > 1],
        strangers=[digest.hex() for digest in rows if digest not in known],
        id_mismatches=[
            request.signal_id
            for request in acknowledged
            if len(set(request.told)) > 1 or request.created > 1
        ],
    )


def payload_digest(payload: Any) -> str:
    """Return a digest of what a payload says, however it is spelled."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
