"""Calls to another marketplace: bounded in time and size, never led to another host.

An answer that is late, too long, no JSON object, or a redirection counts as trouble of the other
side, as a refused connection does. Calls that change nothing there are tried again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from common.circuit_breakers import Breaker, breaker
from common.errors import Conflict, Forbidden, NotFound, Unavailable

ATTEMPTS = 3
ANSWER_MAX_BYTES = 1024 * 1024
CHUNK_BYTES = 64 * 1024


class MarketplaceDown(Unavailable):
    """The other marketplace does not answer, or not as agreed; try again later."""

    code = "marketplace_down"


class MarketplaceRefuses(Conflict):
    """The other marketplace does not accept this request."""

    code = "marketplace_refuses"


class MarketplaceForbids(Forbidden):
    """The other marketplace says that this is not for you."""

    code = "marketplace_forbids"


class NotInMarketplace(NotFound):
    """The other marketplace has no such thing."""

    code = "not_in_marketplace"


class ForeignAddress(Unavailable):
    """The other marketplace named an address that is not one of its own; nothing was fetched."""

    code = "foreign_address"


REFUSALS: dict[int, type[Forbidden | NotFound]] = {
    401: MarketplaceForbids,
    403: MarketplaceForbids,
    404: NotInMarketplace,
}


@dataclass(frozen=True, kw_only=True)
class MarketplaceConfig:
    """Where another marketplace is, and how far it is trusted."""

    url: str
    api_key: str
    store_hosts: tuple[str, ...] = ()  # besides its own; each as ``host:port``
    require_tls: bool = True
    connect_seconds: float = 3.0
    answer_seconds: float = 10.0
    longest_wait_seconds: float = 2.0  # between two attempts

    def allowed_hosts(self) -> frozenset[str]:
        """Return the hosts, with their ports, from which bytes may be fetched."""
        return frozenset([_place(self.url), *self.store_hosts])


@dataclass
class Transport:
    """One connection pool to one marketplace, behind its breaker."""

    config: MarketplaceConfig

    def __post_init__(self) -> None:
        self.breaker: Breaker = breaker(
            f"marketplace {_place(self.config.url)}", failures=(MarketplaceDown,)
        )
        self._client = httpx.Client(
            timeout=httpx.Timeout(self.config.answer_seconds, connect=self.config.connect_seconds),
            follow_redirects=False,
            trust_env=False,  # no proxy, and no credentials from a .netrc, that nobody configured
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        changes_nothing: bool,
    ) -> dict[str, Any]:
        """Make a call and return the JSON object it is answered with.

        Raises
        ------
        MarketplaceDown, BreakerOpen
            There is no usable answer; whether a call that changes something did so is not known.
        MarketplaceForbids, NotInMarketplace, MarketplaceRefuses
            It was refused.
        """
        url = self.config.url.rstrip("/") + path
        self._require_safe(url, hosts=frozenset([_place(self.config.url)]))
        headers = {"X-Internal-API-Key": self.config.api_key, "Accept": "application/json"}
        request = self._client.build_request(method, url, json=body, params=query, headers=headers)
        for attempt in self._attempts(ATTEMPTS if changes_nothing else 1):
            with attempt, self.breaker.guarding():
                found = _json_object(self._answer(request, limit=ANSWER_MAX_BYTES))
        return found

    def fetch(self, url: str, *, limit: int) -> bytes:
        """Return what is at an address of the marketplace or of its store.

        Raises
        ------
        ForeignAddress
            It leads elsewhere; nothing was asked.
        MarketplaceDown, MarketplaceForbids, NotInMarketplace
            There is nothing to be had, or more than ``limit`` bytes.
        """
        self._require_safe(url, hosts=self.config.allowed_hosts())
        # No key of ours goes to the store: the address is all it takes.
        request = self._client.build_request("GET", url)
        for attempt in self._attempts(ATTEMPTS):
            with attempt, self.breaker.guarding():
                content = self._answer(request, limit=limit)
        return content

    def _attempts(self, count: int) -> Retrying:
        return Retrying(
            stop=stop_after_attempt(count),
            wait=wait_random_exponential(multiplier=0.1, max=self.config.longest_wait_seconds),
            retry=retry_if_exception_type(MarketplaceDown),
            reraise=True,
        )

    def _answer(self, request: httpx.Request, *, limit: int) -> bytes:
        with _as_trouble():
            response = self._client.send(request, stream=True)
            try:
                _require_usable(response)
                latest = time.monotonic() + self.config.answer_seconds
                return b"".join(_within(response, limit, latest))
            finally:
                response.close()

    def _require_safe(self, url: str, *, hosts: frozenset[str]) -> None:
        try:
            parts = urlsplit(url)
            schemes = ("https",) if self.config.require_tls else ("https", "http")
            safe = parts.scheme in schemes and "@" not in parts.netloc and _place(url) in hosts
        except ValueError:
            safe = False
        if not safe:
            raise ForeignAddress()


def _place(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{(parts.hostname or '').lower()}:{port}"


@contextmanager
def _as_trouble() -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise MarketplaceDown(reason=type(error).__name__) from error


def _require_usable(response: httpx.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    if status >= 500 or status < 400 or status == 429:
        raise MarketplaceDown(reason=f"status {status}")
    raise REFUSALS.get(status, MarketplaceRefuses)(reason=f"status {status}")


def _within(response: httpx.Response, limit: int, latest: float) -> Iterator[bytes]:
    taken = 0
    # Counted as unpacked: a small answer may stand for a very long one.
    for chunk in response.iter_bytes(CHUNK_BYTES):
        taken += len(chunk)
        if taken > limit:
            raise MarketplaceDown(reason=f"more than {limit} bytes")
        if time.monotonic() > latest:  # one byte now and then keeps every read in time
            raise MarketplaceDown(reason="too slow")
        yield chunk


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise MarketplaceDown(reason="no JSON object")
    return found
