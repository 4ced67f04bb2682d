"""The addresses at which signals come in, and what is done at each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from common.errors import SignalHubError
from ingest.api.batch_reception import batch_limit, batch_refusal, receive_batch
from ingest.api.reception import receive_signal, refusal
from ingest.api.requests import HEADERS, Received, Reply, body_limit
from ingest.dialogue import Dialogue
from ingest.known_producers import KnownProducers


class Receive(Protocol):
    def __call__(self, request: Received, *, producers: KnownProducers) -> Dialogue[Reply]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One address: how much it takes in, what it does with it, and how it refuses the rest."""

    path: str
    limit: Callable[[], int]
    receive: Receive
    refuse: Callable[[SignalHubError], Reply]
    headers: tuple[str, ...] = HEADERS
    producer_id: str = ""  # whom the address names, where no header does


SINGLE = Door(path="/api/v1/signals", limit=body_limit, receive=receive_signal, refuse=refusal)
BATCH = Door(path="/api/v2/signals", limit=batch_limit, receive=receive_batch, refuse=batch_refusal)
DOORS = (SINGLE, BATCH)
