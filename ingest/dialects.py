"""From a request in another dialect to the producer that sent it.

A request that cannot prove itself is answered alike whatever the reason, so that nobody learns
which producers exist; the reason is counted for the operators of the producer.
"""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from common.errors import MalformedRequest, Unauthenticated
from ingest.authentication import DECOY, Origin, ProducerDisabled, UnknownProducer, WrongDoor
from ingest.known_producers import KnownProducer
from ingest.mapping_rules import read_mapping
from ingest.mappings import NOWHERE, look_up, without
from ingest.models import Dialect
from ingest.networks import NetworkNotAllowed, require_allowed
from ingest.signatures import SignatureMismatch, require_fresh
from ingest.standard_webhooks import WebhookHeaders, require_webhook_signature
from ingest.strict_json import parse_json


class TokenMissing(Unauthenticated):
    """The body holds no token of this producer, and there are no headers of Standard Webhooks."""

    code = "token_missing"


class TokenUnreadable(TokenMissing):
    """The body holds no token of this producer, and there are no headers of Standard Webhooks."""

    code = "token_unreadable"


class WrongToken(TokenMissing):
    """The body holds no token of this producer, and there are no headers of Standard Webhooks."""

    code = "wrong_token"


NO_TOKEN = TokenMissing().message


def authenticate_webhook(
    body: bytes,
    headers: WebhookHeaders,
    *,
    known: KnownProducer | None,
    address: str,
    now: datetime,
    window: timedelta,
) -> Origin:
    """Return where a signed webhook comes from; its id is what it is recognised by.

    The networks are looked at first; the clock last: only a producer's own request is told that
    its clock is off.

    Raises
    ------
    UnknownProducer, WrongDoor, NetworkNotAllowed, SignatureMismatch, ProducerDisabled
        One message for all of them.
    TimestampOutsideWindow
    """
    if known is None or known.producer.dialect != Dialect.STANDARD_WEBHOOKS:
        with suppress(SignatureMismatch):
            require_webhook_signature(body, headers, keys=[DECOY])
        raise UnknownProducer() if known is None else WrongDoor()
    producer = known.producer
    require_allowed(address, producer.allowed_networks)
    require_webhook_signature(body, headers, keys=known.secrets)
    if not producer.enabled:
        raise ProducerDisabled()
    require_fresh(headers.sent_at, now=now, window=window, strict=producer.strict_clock)
    return Origin(producer=producer, mac_digest=webhook_digest(headers.webhook_id))


def authenticate_token(body: bytes, *, known: KnownProducer | None, address: str) -> Any:
    """Return the parsed body of a request that holds its producer's token, without the token.

    Raises
    ------
    UnknownProducer, WrongDoor, NetworkNotAllowed, TokenUnreadable, TokenMissing, WrongToken,
    ProducerDisabled
        One message for all of them.
    """
    if known is None or known.producer.dialect != Dialect.TRADINGVIEW:
        raise UnknownProducer(NO_TOKEN) if known is None else WrongDoor(NO_TOKEN)
    producer = known.producer
    try:
        require_allowed(address, producer.allowed_networks)
        document = parse_json(body)
    except NetworkNotAllowed:
        raise NetworkNotAllowed(NO_TOKEN) from None
    except MalformedRequest:
        raise TokenUnreadable() from None
    path = read_mapping(producer.mapping, with_token=True).token or ()
    token = look_up(document, path)
    if token is NOWHERE:
        raise TokenMissing()
    if not is_token(token, known.secrets):
        raise WrongToken()
    if not producer.enabled:
        raise ProducerDisabled(NO_TOKEN)
    return without(document, path)


def is_token(token: Any, secrets: list[bytes]) -> bool:
    """Tell in constant time whether a value is one of a producer's secrets."""
    if not isinstance(token, str):
        return False
    given = hashlib.sha256(token.encode()).digest()
    matches = [hmac.compare_digest(given, hashlib.sha256(secret).digest()) for secret in secrets]
    return any(matches)


def webhook_digest(webhook_id: str) -> bytes:
    """Return by what a webhook is recognised when it comes again."""
    return hashlib.sha256(b"webhook-id:" + webhook_id.encode()).digest()


def body_digests(body: bytes, *, now: datetime, window: timedelta) -> tuple[bytes, bytes, bytes]:
    """Return by what a body is recognised that is sent now, just before, and just after.

    Whoever cannot sign cannot date either: the same body is the same signal only for a while, so
    time is cut into pieces as long as the window, and the digest is one of the body in its piece.
    Of two copies at the cut, the one that came later may be stored first: so "just after".
    """
    piece = int(now.timestamp() // window.total_seconds())
    inner = hashlib.sha256(body).digest()
    return _in_piece(inner, piece), _in_piece(inner, piece - 1), _in_piece(inner, piece + 1)


def _in_piece(inner: bytes, piece: int) -> bytes:
    return hashlib.sha256(b"body:" + piece.to_bytes(8, "big") + inner).digest()
