"""From a signed request to the producer that sent it."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.known_producers import KnownProducer
from ingest.models import Dialect, Producer
from ingest.signatures import (
    SignatureMismatch,
    SignedHeaders,
    require_fresh,
    require_signature,
)

# Compared with when there is no such producer, so that the answer takes as long.
DECOY = secrets.token_bytes(32)


class UnknownProducer(SignatureMismatch):
    """The signature does not belong to this body, timestamp and producer."""

    code = "unknown_producer"


class ProducerDisabled(SignatureMismatch):
    """The signature does not belong to this body, timestamp and producer."""

    code = "producer_disabled"


class WrongDoor(SignatureMismatch):
    """The signature does not belong to this body, timestamp and producer."""

    code = "wrong_door"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Who sent a request, and the digest by which the same request is recognised again."""

    producer: Producer
    mac_digest: bytes


def authenticate(
    body: bytes,
    headers: SignedHeaders,
    *,
    known: KnownProducer | None,
    now: datetime,
    window: timedelta,
) -> Origin:
    """Return where a signed request comes from; ``known`` is whom its headers name.

    The clock is checked last: only a producer's own request is told that its clock is off.

    Raises
    ------
    UnknownProducer, WrongDoor, SignatureMismatch, ProducerDisabled
        One message for all of them, so that nobody learns which producers exist.
    TimestampOutsideWindow
    """
    if known is None or known.producer.dialect != Dialect.SIGNED:
        with suppress(SignatureMismatch):
            require_signature(body, headers, secrets=[DECOY])
        raise UnknownProducer() if known is None else WrongDoor()
    require_signature(body, headers, secrets=known.secrets)
    producer = known.producer
    if not producer.enabled:
        raise ProducerDisabled()
    require_fresh(headers.sent_at, now=now, window=window, strict=producer.strict_clock)
    return Origin(producer=producer, mac_digest=hashlib.sha256(headers.mac).digest())
