"""Send a really signed test signal through the real door, and take back all that it did.

What a test stores is rolled back before anybody can see it, so it is neither kept nor published,
and its repetition is recognised all the same. It is one of the signals that the producer may send
in a minute.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from common import row_scope, webhook_signing
from common.errors import SignalHubError
from common.ids import uuid7
from ingest import signatures, standard_webhooks
from ingest.api.dialect_reception import receive_from
from ingest.api.django_connection import ask
from ingest.api.reception import receive_signal
from ingest.api.requests import CONTENT_TYPE, JSON, Received, Reply
from ingest.dialogue import Dialogue, hold
from ingest.known_producers import KnownProducers
from ingest.mapping_rules import read_mapping
from ingest.mappings import example_body, put
from ingest.models import Dialect, Producer
from ingest.producer_secrets import current_secret

READABLE = "The secret can be decrypted"
PROVEN = "The signature is right"
ENABLED = "The producer is switched on"
FRESH = "The clock agrees"
ROOM = "There is room for one more"
FIELDS = "The body is a signal"
STORED = "It can be stored"
AGAIN = "Sent again, it is recognised"
STEPS = (READABLE, PROVEN, ENABLED, FRESH, ROOM, FIELDS, STORED, AGAIN)
# Which step an error belongs to; what is in none of them concerns who sent it.
STEP_OF = {
    "secret_undecryptable": READABLE,
    "producer_disabled": ENABLED,
    "clock_skew": FRESH,
    "too_many_signals": ROOM,
    "unsupported_media_type": FIELDS,
    "body_not_json": FIELDS,
    "body_too_large": FIELDS,
    "invalid_signal": FIELDS,
    "payload_too_large": FIELDS,
    "signal_not_stored": STORED,
    "producer_changed": STORED,
}


@dataclass(frozen=True)
class Step:
    """One thing that was checked: True, False, or None where it was not reached."""

    name: str
    passed: bool | None
    said: str = ""


def rehearsal_body(producer: Producer, *, now: datetime) -> dict[str, Any]:
    """Return a body that marks itself as a test; a token is put in only when it is sent."""
    if producer.mapping is None:
        return {
            "instrument": "TEST",
            "side": 0,
            "time": now.isoformat(),
            "payload": {"test": True},
            "version": 1,
        }
    with_token = producer.dialect == Dialect.TRADINGVIEW
    return example_body(read_mapping(producer.mapping, with_token=with_token), now=now)


def rehearse(producer: Producer, body: dict[str, Any], *, now: datetime) -> list[Step]:
    """Send a body in the producer's name, twice, and say what held; nothing remains of it."""
    try:
        request = _signed(producer, body, current_secret(producer), now=now)
    except SignalHubError as error:  # the secret, or a mapping that was saved under earlier rules
        return _steps_until(STEP_OF.get(error.code, FIELDS), error.message)
    receive = _door_of(producer)
    # In the door's scope, as when somebody knocks: an operator's shows less.
    with (
        row_scope.within(row_scope.PLATFORM),
        structlog.contextvars.bound_contextvars(test=True),
        transaction.atomic(),
    ):
        first, again = (hold(receive(request, producers=KnownProducers()), ask) for _ in range(2))
        transaction.set_rollback(True)
    if first.status != 201:
        return _steps_until(_step_of(first), _sentence(first))
    steps = [Step(name, True, _remark(name)) for name in STEPS]
    if again.status == 200 and again.body == first.body:
        return steps
    if producer.dialect == Dialect.SIGNED and not settings.HMAC_PRODUCER_ENABLED:
        return [*steps[:-1], Step(AGAIN, None, "Without signatures nothing is recognised again.")]
    return _steps_until(AGAIN, "It was not taken for the same signal.")


def _door_of(producer: Producer) -> Callable[..., Dialogue[Reply]]:
    if producer.dialect == Dialect.SIGNED:
        return receive_signal
    return partial(receive_from, producer_id=producer.producer_id)


def _signed(producer: Producer, body: dict[str, Any], secret: str, *, now: datetime) -> Received:
    if producer.dialect == Dialect.TRADINGVIEW:
        path = read_mapping(producer.mapping, with_token=True).token or ()
        body = json.loads(json.dumps(body))  # the caller keeps the body without the token
        put(body, path, secret)
    raw = json.dumps(body).encode()
    headers = {CONTENT_TYPE: JSON, **_proof(producer, raw, secret, now=now)}
    return Received(body=raw, headers=headers, peer=_address(producer), forwarded_for="", now=now)


def _proof(producer: Producer, raw: bytes, secret: str, *, now: datetime) -> Mapping[str, str]:
    if producer.dialect == Dialect.SIGNED:
        timestamp = now.isoformat().replace("+00:00", "Z")
        signature = signatures.sign(
            raw, timestamp=timestamp, producer_id=producer.producer_id, secret=secret.encode()
        )
        return dict(
            zip(signatures.HEADERS, (producer.producer_id, timestamp, signature), strict=True)
        )
    if producer.dialect == Dialect.TRADINGVIEW:
        return {}
    webhook_id, timestamp = f"test_{uuid7()}", str(int(now.timestamp()))
    key = webhook_signing.webhook_key(secret)
    signature = webhook_signing.sign_webhook(
        raw, webhook_id=webhook_id, timestamp=timestamp, key=key
    )
    return dict(zip(standard_webhooks.HEADERS, (webhook_id, timestamp, signature), strict=True))


def _address(producer: Producer) -> str:
    if not producer.allowed_networks:
        return "127.0.0.1"
    return str(ipaddress.ip_network(producer.allowed_networks[0]).network_address)


def _step_of(reply: Reply) -> str:
    failure = reply.aftermath.failure
    if failure is None:
        return STORED if reply.status >= 500 else PROVEN
    return STEP_OF.get(failure.reason, PROVEN)


def _steps_until(broken: str, said: str) -> list[Step]:
    place = STEPS.index(broken)
    return [
        *(Step(name, True, _remark(name)) for name in STEPS[:place]),
        Step(broken, False, said),
        *(Step(name, None, "Not reached.") for name in STEPS[place + 1 :]),
    ]


def _remark(name: str) -> str:
    if name == PROVEN and not settings.HMAC_PRODUCER_ENABLED:
        return "Signatures are switched off here: at the direct address none is looked at."
    return ""


def _sentence(reply: Reply) -> str:
    detail = json.loads(reply.body)["detail"]
    if isinstance(detail, str):
        return detail
    return "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in detail)
