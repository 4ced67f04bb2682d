"""What the door says of the content of a request, rule by rule, whoever sent it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common.errors import MalformedRequest
from ingest.api.dialect_reception import require_text
from ingest.api.mapped_signals import read_mapped_signal
from ingest.api.requests import body_limit, require_json, too_large
from ingest.mapping_rules import read_mapping
from ingest.mappings import without
from ingest.models import Dialect, Producer
from ingest.services.acceptance import NewSignal, payload_json
from ingest.signature_doctor import Finding, Verdict, ask, unasked
from ingest.strict_json import parse_json

FIELDS = "The fields make a signal"
SIZE = "The payload is small enough"


def inspect_size(body: bytes) -> Finding:
    """Say whether a body is let in at all: nothing of a larger one is looked at."""
    return ask("The body is small enough", f"{len(body)} bytes.", lambda: _require_small(body))


def inspect_content(
    producer: Producer, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> list[Finding]:
    """Return what the rules say that are asked once the sender is known."""
    media_type = headers.get("content-type", "")
    require = require_text if producer.dialect == Dialect.TRADINGVIEW else require_json
    findings = [ask("The media type is right", media_type, lambda: require(media_type))]
    try:
        document = parse_json(body)
    except MalformedRequest as error:
        findings.append(Finding("The body is JSON", Verdict.BROKEN, error.message, error.code))
        return [*findings, *(unasked(rule, "The body is not JSON.") for rule in (FIELDS, SIZE))]
    findings.append(Finding("The body is JSON", Verdict.HELD, "In UTF-8, each key once."))
    read: list[NewSignal] = []
    findings.append(
        ask(
            FIELDS,
            "Instrument, side, time, version and payload.",
            lambda: read.append(
                read_mapped_signal(_without_token(document, producer), producer, received_at=now)
            ),
        )
    )
    if not read:
        return [*findings, unasked(SIZE, "There is no signal.")]
    return [*findings, ask(SIZE, "As compact JSON.", lambda: payload_json(read[0].payload))]


def _require_small(body: bytes) -> None:
    if len(body) > body_limit():
        raise too_large(body_limit())


def _without_token(document: Any, producer: Producer) -> Any:
    if producer.dialect != Dialect.TRADINGVIEW:
        return document
    return without(document, read_mapping(producer.mapping, with_token=True).token or ())
