"""What a sender probably did differently, when a signature does not match: found by trying.

Each way in which senders are known to go wrong is one variant of one part of a request. A variant
that makes the received signature is the cause. Only whether one matches is told, never what any
of them signs to.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations, product
from typing import Any

MOST_DEVIATIONS = 2  # one slip often brings another; three at once are a different request
LONGEST_BODY_BYTES = 64 * 1024


@dataclass(frozen=True)
class Variant:
    """A part of a request as it may have been, and how that is said; unchanged it says nothing."""

    value: Any
    clause: str = ""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Every way in which each part of a request may have been; the first of each is as received."""

    bodies: Sequence[Variant]
    senders: Sequence[Variant]
    timestamps: Sequence[Variant]
    layouts: Sequence[Variant]
    keys: Sequence[Variant]

    def dimensions(self) -> list[Sequence[Variant]]:
        """Return the parts in a fixed order."""
        return [self.bodies, self.senders, self.timestamps, self.layouts, self.keys]


Layout = Callable[[bytes, bytes, bytes], bytes]


def find_cause(parts: Parts, received: str) -> list[str]:
    """Return in clauses what differs where the received signature matches; empty: nothing found.

    The fewest differences come first. A request as it should be, signed rightly, has no cause.
    """
    spelled = spellings(received)
    for chosen in _by_deviations(parts.dimensions()):
        body, sender, timestamp, layout, key = (variant.value for variant in chosen)
        content = layout(body, timestamp.encode(), sender.encode())
        for mac, how in ((hmac.digest(key, content, hashlib.sha256), ""), _plain(key, content)):
            for form, clause in spelled:
                if hmac.compare_digest(mac, form):
                    return [c for c in (*(v.clause for v in chosen), how, clause) if c]
    return []


def spellings(received: str) -> list[tuple[bytes, str]]:
    """Return the bytes that a signature may spell, with what is wrong with that spelling."""
    text = received.strip()
    note = "" if text == received else "put spaces around the signature"
    for prefix in ("sha256=", "v1,", "v1="):
        if text.lower().startswith(prefix):
            text, note = text[len(prefix) :], f"put {prefix} before the signature"
    found = list(_decodings(text, note))
    return [(mac, clause) for mac, clause in found if len(mac) == hashlib.sha256().digest_size]


def bodies_of(body: bytes) -> list[Variant]:
    """Return a body with the changes that editors, shells and JSON libraries make."""
    found = [Variant(body)]
    if len(body) > LONGEST_BODY_BYTES:
        return found
    plain = body.replace(b"\r\n", b"\n")
    found += [
        Variant(plain.rstrip(b"\n"), "signed the body without a newline at its end"),
        Variant(plain + b"\n", "signed the body with a newline at its end"),
        Variant(plain, "signed the body with lines that end with LF"),
        Variant(plain.replace(b"\n", b"\r\n"), "signed the body with lines that end with CRLF"),
        Variant(plain + b"\r\n", "signed the body with CRLF at its end"),
        Variant(body.strip(), "signed the body without the white space around it"),
        Variant(body.removeprefix(b"\xef\xbb\xbf"), "signed the body without its byte order mark"),
        Variant(b"", "signed an empty body"),
        *_json_spellings(body),
    ]
    return _distinct(found)


def timestamps_of(timestamp: str, sent_at: datetime | None) -> list[Variant]:
    """Return a timestamp in the spellings that languages give it by default."""
    found = [Variant(timestamp)]
    moment = _in_utc(sent_at)
    if moment is not None:
        whole = moment.replace(microsecond=0)
        seconds = int(moment.timestamp())
        spelled = [
            moment.isoformat().replace("+00:00", "Z"),
            moment.isoformat(),
            whole.isoformat().replace("+00:00", "Z"),
            whole.isoformat(),
            moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            moment.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            str(seconds),
            str(int(moment.timestamp() * 1000)),
        ]
        found += [Variant(text, f"signed the timestamp as {text}") for text in spelled]
    found.append(Variant("", "signed no timestamp"))
    return _distinct(found)


def keys_of(secrets: Sequence[tuple[str, str]], *, to_key: Callable[[str], bytes]) -> list[Variant]:
    """Return the keys of secrets, with the slips of copying; each secret comes with its clause."""
    found = [Variant(to_key(secret), clause) for secret, clause in secrets]
    for secret, clause in secrets:
        bare = secret.partition("_")[2]
        slips = [
            (secret.encode(), "used the secret as text, without decoding it"),
            (f"{secret}\n".encode(), "used the secret with a newline at its end"),
            (f" {secret}".encode(), "used the secret with a space before it"),
            (f"{secret} ".encode(), "used the secret with a space after it"),
            (f'"{secret}"'.encode(), "used the secret with quotation marks around it"),
            (bare.encode(), "used the secret without its prefix"),
            *((key, "decoded the secret from base64") for key in _base64_of(bare)),
        ]
        joined = f"{clause} and " if clause else ""
        found += [Variant(key, f"{joined}{slip}") for key, slip in slips if key]
    return _distinct(found)


def _in_utc(sent_at: datetime | None) -> datetime | None:
    try:
        return sent_at and sent_at.astimezone(UTC)
    except OverflowError:  # before the first year, or after the last
        return None


def _by_deviations(dimensions: list[Sequence[Variant]]) -> Iterator[tuple[Variant, ...]]:
    """Yield one variant of each dimension: all as received, then one different, then two."""
    asis = [variants[0] for variants in dimensions]
    for count in range(MOST_DEVIATIONS + 1):
        for places in combinations(range(len(dimensions)), count):
            for different in product(*(dimensions[place][1:] for place in places)):
                chosen = list(asis)
                for place, variant in zip(places, different, strict=True):
                    chosen[place] = variant
                yield tuple(chosen)


def _plain(key: bytes, content: bytes) -> tuple[bytes, str]:
    return hashlib.sha256(
        key + content
    ).digest(), "computed SHA-256 over secret and content instead of an HMAC"


def _decodings(text: str, note: str) -> Iterator[tuple[bytes, str]]:
    for mac in _base64_of(text):
        canonical = base64.b64encode(mac).decode()
        if text == canonical:
            yield mac, note
        elif "-" in text or "_" in text:
            yield (
                mac,
                "wrote the signature in URL-safe base64 instead of the standard one with + and /",
            )
        else:
            yield mac, "left out the padding of the base64, or wrote it in another spelling"
        with_hex = mac.decode("ascii", "ignore")
        if len(with_hex) == len(mac) == 64 and _is_hex(with_hex):
            yield (
                bytes.fromhex(with_hex),
                "put the hexadecimal text in base64 instead of the bytes",
            )
    if _is_hex(text) and len(text) % 2 == 0:
        yield bytes.fromhex(text), "wrote the signature in hexadecimal instead of base64"


def _base64_of(text: str) -> list[bytes]:
    standard = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return [base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)]
    except (binascii.Error, ValueError):
        return []


def _is_hex(text: str) -> bool:
    return bool(text) and all(character in "0123456789abcdefABCDEF" for character in text)


def _json_spellings(body: bytes) -> Iterator[Variant]:
    try:
        value = json.loads(body)
        readable = isinstance(value, (dict, list))
    except (ValueError, RecursionError):
        return
    for clause, options in _JSON_STYLES if readable else ():
        for ascii_only in (True, False):
            try:
                text = json.dumps(value, ensure_ascii=ascii_only, **options)
                yield Variant(text.encode(), clause)
            except (ValueError, RecursionError):
                continue


_JSON_STYLES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("signed the same JSON without spaces", {"separators": (",", ":")}),
    ("signed the same JSON with a space after each comma and colon", {}),
    ("signed the same JSON indented by 2", {"indent": 2}),
    ("signed the same JSON indented by 4", {"indent": 4}),
    (
        "signed the same JSON with its keys sorted and without spaces",
        {"sort_keys": True, "separators": (",", ":")},
    ),
    ("signed the same JSON with its keys sorted", {"sort_keys": True}),
)


def _distinct(variants: Iterable[Variant]) -> list[Variant]:
    found: dict[Any, Variant] = {}
    for variant in variants:
        found.setdefault(variant.value, variant)
    return list(found.values())
