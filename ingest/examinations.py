"""What the door of each dialect says of a pasted request about who sent it, rule by rule."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from common import webhook_signing
from common.errors import MalformedRequest, SignalHubError
from ingest import signatures, standard_webhooks
from ingest.authentication import ProducerDisabled
from ingest.dialects import TokenMissing, WrongToken, is_token, webhook_digest
from ingest.mapping_rules import read_mapping
from ingest.mappings import NOWHERE, look_up
from ingest.models import Dialect, Producer
from ingest.pasted_requests import PastedRequest
from ingest.signature_doctor import (
    Diagnosis,
    Finding,
    Verdict,
    ask,
    expect,
    is_past,
    show_hashed,
    unasked,
    without_secrets,
)
from ingest.signature_parts import parts_of_webhook, parts_signed
from ingest.signature_variants import Parts, Variant, find_cause, keys_of, spellings
from ingest.strict_json import parse_json

CURRENT = "current"
PREVIOUS = "previous"
KNOWN = "The producer is known"
MATCHES = "The signature matches"
ENABLED = "The producer is switched on"
FRESH = "The clock agrees"
ALIKE = "The sender is told the same as for a signature that does not match."
UNREAD = "Not computed: the headers have to be in order first."


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request, whom it names, and when it came; ``secrets`` are texts with whose they are."""

    producer: Producer
    secrets: Sequence[tuple[str, str]]
    neighbours: Sequence[tuple[str, bytes]]  # other producers of the tenant, with their keys
    request: PastedRequest
    body: bytes
    now: datetime
    received_at: datetime
    window: timedelta
    is_stored: Callable[[bytes], bool]

    @property
    def texts(self) -> list[bytes]:
        """Return the secrets as bytes that must not be shown."""
        return [secret.encode() for _, secret in self.secrets]

    def headers(self, names: Sequence[str]) -> dict[str, str]:
        """Return those headers that were sent, by the names given."""
        sent = self.request.joined_headers()
        return {name: sent[name.lower()] for name in names if name.lower() in sent}


def examine(case: Case) -> Diagnosis:
    """Return what the door of the producer's dialect says."""
    door = DOORS[Dialect(case.producer.dialect)]
    diagnosis = Diagnosis(case.producer.producer_id, case.producer.dialect)
    diagnosis.notes += case.request.notes
    diagnosis.holds_secret = without_secrets(case.body, case.texts) != case.body
    door(case, diagnosis)
    return diagnosis


def _signed(case: Case, diagnosis: Diagnosis) -> None:
    headers = case.headers(signatures.HEADERS)
    producer, stamp, signature = (headers.get(name, "") for name in signatures.HEADERS)
    diagnosis.received = signature
    form = [
        ask(
            "The three headers are there, once each",
            ", ".join(signatures.HEADERS),
            lambda: signatures.require_each_once(headers),
        ),
        ask(
            "X-Producer-Id has its form", producer, lambda: signatures.require_producer_id(producer)
        ),
        ask("X-Timestamp has its form", stamp, lambda: signatures.read_timestamp(stamp)),
        ask(
            "X-Signature is 32 bytes in base64",
            "In standard base64 with padding.",
            lambda: signatures.read_signature(signature),
        ),
    ]
    diagnosis.findings += [*form, _names(case, producer)]
    sent_at = _instant(stamp)
    content = signatures.canonical_message(case.body, timestamp=stamp, producer_id=producer)
    if all(finding.verdict == Verdict.HELD for finding in (*form, _names(case, producer))):
        _compare(case, diagnosis, content, [signatures.read_signature(signature)], sent_at)
        diagnosis.already_stored = diagnosis.matches and case.is_stored(
            hashlib.sha256(signatures.read_signature(signature)).digest()
        )
    else:
        diagnosis.findings.append(unasked(MATCHES, UNREAD))
    diagnosis.hashed = show_hashed(
        content,
        "body, then X-Timestamp, then X-Producer-Id, with nothing between",
        secrets=case.texts,
    )
    if not diagnosis.matches and signature:
        parts = parts_signed(
            case.body,
            stamp,
            producer,
            sent_at=sent_at,
            other_ids=[case.producer.producer_id, *(name for name, _ in case.neighbours)],
            keys=_keys(case),
        )
        diagnosis.causes = find_cause(parts, signature)
    _standing(case, diagnosis, sent_at)


def _webhook(case: Case, diagnosis: Diagnosis) -> None:
    headers = case.headers(standard_webhooks.HEADERS)
    webhook_id, stamp, signature = (headers.get(name, "") for name in standard_webhooks.HEADERS)
    diagnosis.received = signature
    form = [
        ask(
            "The three headers are there",
            ", ".join(standard_webhooks.HEADERS),
            lambda: _require_all(headers),
        ),
        ask(
            "webhook-id has its form",
            webhook_id,
            lambda: standard_webhooks.require_webhook_id(webhook_id),
        ),
        ask(
            "webhook-timestamp has its form",
            stamp,
            lambda: standard_webhooks.read_webhook_timestamp(stamp),
        ),
        ask(
            "webhook-signature is a list of signatures",
            "At least one is of version 1.",
            lambda: standard_webhooks.read_webhook_signatures(signature),
        ),
    ]
    diagnosis.findings += form
    sent_at = _instant(stamp)
    content = webhook_signing.signed_content(case.body, webhook_id=webhook_id, timestamp=stamp)
    if all(finding.verdict == Verdict.HELD for finding in form):
        diagnosis.already_stored = case.is_stored(webhook_digest(webhook_id))
        macs = list(standard_webhooks.read_webhook_signatures(signature))
        _compare(case, diagnosis, content, macs, sent_at)
    else:
        diagnosis.findings.append(unasked(MATCHES, UNREAD))
    diagnosis.hashed = show_hashed(
        content,
        "webhook-id, webhook-timestamp and the body, with full stops between",
        secrets=case.texts,
    )
    if not diagnosis.matches and signature:
        keys = _keys(case)
        parts = parts_of_webhook(case.body, stamp, webhook_id, sent_at=sent_at, keys=keys)
        diagnosis.causes = _cause_among(parts, signature)
    _standing(case, diagnosis, sent_at)


def _token(case: Case, diagnosis: Diagnosis) -> None:
    path = read_mapping(case.producer.mapping, with_token=True).token or ()
    place = ".".join(path)
    document, readable = None, False
    with suppress(MalformedRequest):
        document, readable = parse_json(case.body), True
    token = look_up(document, path)
    diagnosis.findings += [
        unasked(
            "It comes from an allowed network",
            f"The request does not say from where it came; allowed is {_networks(case)}.",
        ),
        ask("A token can be read", "The body is JSON.", lambda: parse_json(case.body)),
        ask(f"The token stands in {place}", "It is there.", lambda: _require(token, TokenMissing)),
    ]
    if readable and token is not NOWHERE:
        right = is_token(token, case.texts)
        said = "It is the current or the previous secret."
        diagnosis.findings.append(
            ask("The token is right", said, lambda: _require(right or NOWHERE, WrongToken))
        )
        if not right and isinstance(token, str):
            diagnosis.causes = _token_causes(token, case)
    diagnosis.notes.append(
        "TradingView cannot sign: nothing is hashed, the token in the body is compared."
    )
    diagnosis.hashed = show_hashed(case.body, "the body as it was sent", secrets=case.texts)
    _standing(case, diagnosis, None)


def _compare(
    case: Case,
    diagnosis: Diagnosis,
    content: bytes,
    received: Sequence[bytes],
    sent_at: datetime | None,
) -> None:
    to_key = _key_of(case)
    macs = [
        (whose, hmac.digest(to_key(secret), content, hashlib.sha256))
        for whose, secret in case.secrets
    ]
    past = sent_at is not None and is_past(sent_at, now=case.now, window=case.window)
    may_show = past or diagnosis.already_stored
    diagnosis.expected = expect(macs, received, may_show=may_show)
    matching = [expected.whose for expected in diagnosis.expected if expected.matches]
    if matching:
        finding = Finding(MATCHES, Verdict.HELD, f"It was made with the {matching[0]} secret.")
    else:
        mismatch = signatures.SignatureMismatch()
        said = "None of the valid secrets makes the received signature of these bytes."
        finding = Finding(MATCHES, Verdict.BROKEN, said, mismatch.code)
    diagnosis.findings.append(finding)


def _standing(case: Case, diagnosis: Diagnosis, sent_at: datetime | None) -> None:
    """Say what is asked once somebody has proven who they are."""
    enabled = "It may send."
    diagnosis.findings.append(ask(ENABLED, enabled, lambda: _require_enabled(case.producer)))
    if case.producer.dialect == Dialect.TRADINGVIEW:
        return
    if sent_at is None:
        diagnosis.findings.append(unasked(FRESH, "The timestamp cannot be read."))
        return
    diagnosis.skew_seconds = (case.received_at - sent_at).total_seconds()
    strict = case.producer.strict_clock
    within = f"At most {case.window.total_seconds():.0f} seconds apart" + (
        ", and not from the future." if strict else "."
    )
    diagnosis.findings.append(
        ask(
            FRESH,
            within,
            lambda: signatures.require_fresh(
                sent_at, now=case.received_at, window=case.window, strict=strict
            ),
        )
    )


def _names(case: Case, named: str) -> Finding:
    if named == case.producer.producer_id:
        return Finding(KNOWN, Verdict.HELD, f"{named} is yours.")
    return Finding(
        KNOWN,
        Verdict.BROKEN,
        f"X-Producer-Id does not name {case.producer.producer_id}. {ALIKE}",
        "unknown_producer",
    )


def _cause_among(parts: Parts, signature: str) -> list[str]:
    """Return the cause of a list of signatures: the first of them that has one."""
    for entry in signature.split(" ")[: standard_webhooks.MAX_SIGNATURES]:
        bare = entry.removeprefix(webhook_signing.SYMMETRIC)
        if spellings(bare) and (causes := find_cause(parts, bare)):
            return causes
    return []


def _keys(case: Case) -> list[Variant]:
    own = [
        (secret, "" if whose == CURRENT else f"used the {whose} secret")
        for whose, secret in case.secrets
    ]
    foreign = [Variant(key, f"used the secret of {name}") for name, key in case.neighbours]
    return [*keys_of(own, to_key=_key_of(case)), *foreign]


def _key_of(case: Case) -> Callable[[str], bytes]:
    if case.producer.dialect == Dialect.STANDARD_WEBHOOKS:
        return webhook_signing.webhook_key
    return str.encode


def _token_causes(token: str, case: Case) -> list[str]:
    if is_token(token.strip(), case.texts):
        return ["put white space around the token"]
    for name, key in case.neighbours:
        if is_token(token, [key]):
            return [f"used the secret of {name}"]
    if "{{" in token:
        return ["left a placeholder where the token belongs"]
    return []


def _instant(stamp: str) -> datetime | None:
    """Return the instant that a timestamp means, however it is written."""
    try:
        if stamp.isascii() and stamp.isdecimal():
            seconds = int(stamp[:10]) if len(stamp) in (10, 13) else int(stamp[:11])
            return datetime.fromtimestamp(seconds, tz=UTC)
        read = datetime.fromisoformat(stamp)
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _networks(case: Case) -> str:
    return ", ".join(case.producer.allowed_networks) or "every network"


def _require_all(headers: dict[str, str]) -> None:
    missing = [name for name in standard_webhooks.HEADERS if name not in headers]
    if missing:
        raise signatures.MissingHeader(f"The header {missing[0]} is missing.", header=missing[0])


def _require(value: object, error: type[SignalHubError]) -> None:
    if value is NOWHERE:
        raise error()


def _require_enabled(producer: Producer) -> None:
    if not producer.enabled:
        raise ProducerDisabled(f"It is switched off. {ALIKE}")


DOORS: dict[Dialect, Callable[[Case, Diagnosis], None]] = {
    Dialect.SIGNED: _signed,
    Dialect.STANDARD_WEBHOOKS: _webhook,
    Dialect.TRADINGVIEW: _token,
}
