"""Whether the head of a request says one thing only. Plain data: no server, no Django.

llhttp, which reads our requests, refuses most of what two readers could understand in two ways.
This is the rest: what it lets through because somebody, somewhere, still sends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

VERSIONS = frozenset({"1.0", "1.1"})
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Limits:
    """How large a head may be, and how long its parts may take."""

    head_seconds: float
    write_seconds: float
    url_bytes: int
    head_bytes: int
    headers: int


def objection_to(method: str, url: bytes, version: str, headers: Headers) -> str | None:
    """Return what is unclear about a head, or None. Names of headers are in lower case."""
    if version not in VERSIONS:
        return f"HTTP/{version} is not spoken here."
    return (
        _objection_to_host(version, headers)
        or _objection_to_target(method, url, headers)
        or _objection_to_framing(version, headers)
    )


def values_of(headers: Headers, wanted: bytes) -> list[bytes]:
    """Return every value that a header is given."""
    return [value for name, value in headers if name == wanted]


def _objection_to_host(version: str, headers: Headers) -> str | None:
    hosts = values_of(headers, b"host")
    if len(hosts) > 1 or (version == "1.1" and not hosts):
        return "A request names exactly one Host."
    return None


def _objection_to_target(method: str, url: bytes, headers: Headers) -> str | None:
    if url.startswith(b"/") or (url == b"*" and method == "OPTIONS"):
        return None
    # Proxies are asked with a whole address; we are meant only where it is the Host's.
    authority = urlsplit(url.decode("ascii", "replace")).netloc.lower()
    host = b"".join(values_of(headers, b"host")).decode("ascii", "replace").lower()
    if authority and authority == host:
        return None
    return "The request's target is an address of another server, or none."


def _objection_to_framing(version: str, headers: Headers) -> str | None:
    codings = values_of(headers, b"transfer-encoding")
    if codings and (version == "1.0" or [coding.lower() for coding in codings] != [b"chunked"]):
        return "The only Transfer-Encoding is chunked, once, and of HTTP/1.1."
    has_body = bool(codings) or any(
        length != b"0" for length in values_of(headers, b"content-length")
    )
    if has_body and values_of(headers, b"upgrade"):
        return "A request that asks for another protocol has no body."
    return None
