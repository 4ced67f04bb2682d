"""Why a request was refused: each rule of its door by itself, in the order in which it is asked.

The rules are the door's own functions. What this must never become is a way to sign: an expected
signature is told in full only where nothing could be sent with it, and not at all for headers
outside their grammar, since those could be read as another request.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from common.errors import SignalHubError
from ingest.visible_bytes import Piece, hex_dump, pieces_of

SHOWN_CHARACTERS = 4  # at each end of a signature that could still be sent: 48 of its 256 bits
HIDDEN = b"[the secret]"


class Verdict(StrEnum):
    HELD = "held"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """What one rule says of a request."""

    rule: str
    verdict: Verdict
    said: str
    code: str = ""


@dataclass(frozen=True)
class Expected:
    """What one secret makes of the bytes; ``whole`` where it is shown in full."""

    whose: str
    shown: str
    matches: bool
    whole: bool


@dataclass(frozen=True)
class HashedBytes:
    """The very bytes over which a signature is computed, without any secret among them."""

    label: str
    length: int
    sha256: str
    pieces: list[Piece]
    dump: str


@dataclass
class Diagnosis:
    """Everything that can be said about a request."""

    producer_id: str
    dialect: str
    findings: list[Finding] = field(default_factory=list)
    hashed: HashedBytes | None = None
    received: str = ""
    expected: list[Expected] = field(default_factory=list)
    skew_seconds: float | None = None
    causes: list[str] = field(default_factory=list)
    already_stored: bool = False
    holds_secret: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def first_broken(self) -> Finding | None:
        """Return the rule for which the door refuses the request, if any."""
        broken = (finding for finding in self.findings if finding.verdict == Verdict.BROKEN)
        return next(broken, None)

    @property
    def matches(self) -> bool:
        """Tell whether the received signature is one that is expected."""
        return any(expected.matches for expected in self.expected)


def ask(rule: str, held: str, check: Callable[[], object]) -> Finding:
    """Return what a rule says: ``check`` raises the door's error where it is broken."""
    try:
        check()
    except SignalHubError as error:
        return Finding(rule, Verdict.BROKEN, _sentence(error), error.code)
    return Finding(rule, Verdict.HELD, held)


def unasked(rule: str, why: str) -> Finding:
    """Return that a rule could not be asked."""
    return Finding(rule, Verdict.UNKNOWN, why)


def show_hashed(content: bytes, label: str, *, secrets: Sequence[bytes]) -> HashedBytes:
    """Return bytes as they can be compared; a secret among them is left out."""
    shown = without_secrets(content, secrets)
    return HashedBytes(
        label=label,
        length=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        pieces=pieces_of(shown),
        dump=hex_dump(shown),
    )


def without_secrets(raw: bytes, secrets: Sequence[bytes]) -> bytes:
    """Return bytes with a note in the place of each secret."""
    for secret in secrets:
        raw = raw.replace(secret, HIDDEN) if secret else raw
    return raw


def expect(
    macs: Sequence[tuple[str, bytes]], received: Sequence[bytes], *, may_show: bool
) -> list[Expected]:
    """Return the expected signatures; one that was received is known to whoever pasted it."""
    found = []
    for whose, mac in macs:
        spelled = base64.b64encode(mac).decode()
        matches = any(hmac.compare_digest(mac, given) for given in received)
        whole = matches or may_show
        shown = spelled if whole else masked(spelled)
        found.append(Expected(whose, shown, matches, whole))
    return found


def masked(signature: str) -> str:
    """Return a signature of which only the ends are told."""
    ends = signature[:SHOWN_CHARACTERS], signature[-SHOWN_CHARACTERS:]
    return f"{ends[0]}…{ends[1]}"


def is_past(sent_at: datetime, *, now: datetime, window: timedelta) -> bool:
    """Tell whether a request with this timestamp can be accepted no more; the future still can."""
    return now - sent_at > window


def _sentence(error: SignalHubError) -> str:
    violations = error.details.get("violations")
    if not violations:
        return error.message
    told = (f"{'.'.join(map(str, one['loc'][1:])) or 'body'}: {one['msg']}" for one in violations)
    return "; ".join(told)
