"""Send one webhook: to the address that was checked, no further, within limits of time and size."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from common.networks import Address
from streams.deliveries import targets
from streams.deliveries.outcomes import Outcome
from streams.deliveries.parcels import WebhookParcel
from streams.deliveries.schedule import read_retry_after
from streams.deliveries.targets import ForbiddenTarget, Target, TargetPolicy, UnusableUrl

EXCERPT_MAX_BYTES = 1000  # of an answer; what is longer is not read
GONE = 410
ASKS_TO_WAIT = (429, 503)
ADDRESSES_TRIED = 2
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NoAddress(Exception):
    """A name stands for no address."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses that a name stands for at this moment."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAddress() from error
    return [str(place[0]) for *_, place in found]


@dataclass(frozen=True, kw_only=True)
class WebhookSender:
    """Sends webhooks over connections that nobody else uses.

    A connection is not kept: two names may share an address, and what was proven of one by its
    certificate is not proven of the other.
    """

    policy: TargetPolicy
    seconds: float
    resolve: Resolve = resolve
    trust: ssl.SSLContext | bool = True
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        client = httpx.AsyncClient(
            timeout=self.seconds,
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,  # no proxy and no .netrc that nobody configured for this
            verify=self.trust,
        )
        object.__setattr__(self, "client", client)

    async def send(self, parcel: WebhookParcel) -> Outcome:
        """Send it once and return what came of it."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.seconds):
                target = targets.read_url(parcel.url, self.policy)
                return await self._deliver(target, await self._addresses(target), parcel, began)
        except (ForbiddenTarget, UnusableUrl) as error:
            return _failed(error.message, began)
        except NoAddress:
            return _failed("The host's name stands for no address.", began)
        except TimeoutError:
            return _failed(f"No complete answer within {self.seconds:g} seconds.", began)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, ValueError) as error:
            return _failed(_in_words(error), began)

    async def _addresses(self, target: Target) -> list[Address]:
        found = targets.in_order(await self.resolve(target.host, target.port))
        if not found:
            raise NoAddress()
        targets.require_reachable(target, found, self.policy)
        return found

    async def _deliver(
        self, target: Target, addresses: list[Address], parcel: WebhookParcel, began: float
    ) -> Outcome:
        tried = addresses[:ADDRESSES_TRIED]
        for address in tried[:-1]:
            try:
                return await self._post(target, address, parcel, began)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._post(target, tried[-1], parcel, began)

    async def _post(
        self, target: Target, address: Address, parcel: WebhookParcel, began: float
    ) -> Outcome:
        request = self.client.build_request(
            "POST",
            target.url_at(address),
            content=parcel.body,
            headers={**parcel.headers, "Host": target.host_header, "Accept-Encoding": "identity"},
            extensions={"sni_hostname": target.host},
        )
        response = await self.client.send(request, stream=True)
        try:
            excerpt = await _beginning_of(response)
        finally:
            await response.aclose()
        return _outcome(response, excerpt, began)


async def _beginning_of(response: httpx.Response) -> str:
    taken = b""
    async for chunk in response.aiter_raw(EXCERPT_MAX_BYTES):
        taken += chunk
        if len(taken) >= EXCERPT_MAX_BYTES:
            break
    text = taken[:EXCERPT_MAX_BYTES].decode("utf-8", errors="replace")
    return "".join(one if one.isprintable() or one == "\n" else "·" for one in text)


def _outcome(response: httpx.Response, excerpt: str, began: float) -> Outcome:
    status = response.status_code
    wait = None
    if status in ASKS_TO_WAIT:
        wait = read_retry_after(response.headers.get("Retry-After"), now=datetime.now(UTC))
    error = "" if response.is_success else f"The receiver answered {status}."
    if 300 <= status < 400:
        error = f"The receiver answered {status}: redirections are not followed."
    return Outcome(
        delivered=response.is_success,
        status=status,
        excerpt=excerpt,
        error=error,
        latency_ms=_since(began),
        retry_after_seconds=wait,
        gone="The receiver answered 410: it wants nothing any more." if status == GONE else "",
        blames_host=status >= 500,
    )


def _failed(error: str, began: float) -> Outcome:
    return Outcome(delivered=False, error=error, latency_ms=_since(began), blames_host=True)


def _in_words(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError):
        return f"No connection could be made: {error}"[:300]
    return f"{type(error).__name__}: {error}"[:300]


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
