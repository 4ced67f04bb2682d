"""To which addresses of the internet a webhook may go: never to machines of our own.

The spelling of a URL is judged when it is written down, the address behind its name each time that
something is sent, and that address is the one that is connected to. Knows no Django.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from common.errors import InvalidInput
from common.networks import Address, address_or_none, is_within

URL_MAX_CHARACTERS = 2000
DEFAULT_PORTS = {"https": 443, "http": 80}
VISIBLE = re.compile(r"[!-~]+")
HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    r"(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
# Addresses that count as the internet's and are a provider's own: its metadata, or a way around.
NOT_FOR_RECEIVERS = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",  # what a cloud's machines ask about themselves
        "192.0.0.0/24",  # of protocols; one provider's metadata
        "192.88.99.0/24",  # relays of 6to4
        "2001::/23",  # of protocols; Teredo's IPv4 inside IPv6 could be any
        "2001:db8::/32",
        "2002::/16",  # 6to4, likewise
        "3fff::/20",
    )
)
UNICAST_OF_IPV6 = ip_network("2000::/3")  # nothing else is routed on the internet


class UnusableUrl(InvalidInput):
    """Write the URL of your receiver, such as https://example.com/hooks/signals."""

    code = "unusable_webhook_url"


class ForbiddenTarget(InvalidInput):
    """This URL leads to a machine that nothing is delivered to: private, local or reserved."""

    code = "forbidden_webhook_target"


@dataclass(frozen=True, kw_only=True)
class TargetPolicy:
    """What is allowed here; the networks are excepted from what is said of addresses and ports."""

    require_tls: bool = True
    ports: frozenset[int] = frozenset({443, 8443})
    allowed_networks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Target:
    """A URL taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """Return host and port, as breakers and the log name them."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def host_header(self) -> str:
        if self.port == DEFAULT_PORTS[self.scheme]:
            return _bracketed(self.host)
        return self.place

    def url_at(self, address: Address) -> str:
        """Return the URL that connects to one address and to no other."""
        return f"{self.scheme}://{_bracketed(str(address))}:{self.port}{self.path}"


def read_url(text: str, policy: TargetPolicy) -> Target:
    """Return a receiver's URL taken apart.

    Raises
    ------
    UnusableUrl
        Saying what is wrong with it.
    ForbiddenTarget
        It names an address that nothing is delivered to.
    """
    if len(text) > URL_MAX_CHARACTERS or VISIBLE.fullmatch(text) is None or "\\" in text:
        raise UnusableUrl(field="url")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UnusableUrl(field="url") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise UnusableUrl(field="url")
    if policy.require_tls and parts.scheme != "https":
        raise UnusableUrl("The URL has to begin with https://.", field="url")
    if "@" in parts.netloc:
        raise UnusableUrl("A URL with a user name or password is not taken.", field="url")
    target = Target(
        scheme=parts.scheme,
        host=_host_of(parts.hostname),
        port=port if port is not None else DEFAULT_PORTS[parts.scheme],
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    literal = address_or_none(target.host)
    if literal is not None:
        require_reachable(target, [literal], policy)
    elif target.port not in policy.ports and not policy.allowed_networks:
        raise _wrong_port(target, policy)
    return target


def require_reachable(target: Target, addresses: Sequence[Address], policy: TargetPolicy) -> None:
    """Accept a URL whose name stands for these addresses.

    One bad address among them is enough to refuse it: which one is answered first is up to whoever
    owns the name.

    Raises
    ------
    ForbiddenTarget
        Not saying which address it was.
    """
    outside = [one for one in addresses if not is_within(_plain(one), policy.allowed_networks)]
    if any(not _is_public(one) for one in outside):
        raise ForbiddenTarget(field="url")
    if outside and target.port not in policy.ports:
        raise _wrong_port(target, policy)


def in_order(addresses: Iterable[str]) -> list[Address]:
    """Return the addresses of a name, each once, those of IPv4 first: they work everywhere."""
    found = (ip_address(text.partition("%")[0]) for text in addresses)
    return sorted(dict.fromkeys(found), key=lambda one: one.version)


def _is_public(address: Address) -> bool:
    address = _plain(address)
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and (address.version == 4 or address in UNICAST_OF_IPV6)
        and not any(address in network for network in NOT_FOR_RECEIVERS)
    )


def _plain(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _host_of(name: str) -> str:
    if ":" in name:
        try:
            return str(IPv6Address(name))
        except ValueError:
            raise UnusableUrl(field="url") from None
    host = name.lower().removesuffix(".")
    if HOST_NAME.fullmatch(host) is None or _is_odd_number(host):
        raise UnusableUrl(field="url")
    return host


def _is_odd_number(host: str) -> bool:
    """Tell whether a host is an address in another spelling than its usual one."""
    try:
        packed = socket.inet_aton(host)
    except OSError:
        return False
    return socket.inet_ntoa(packed) != host


def _wrong_port(target: Target, policy: TargetPolicy) -> UnusableUrl:
    known = ", ".join(str(port) for port in sorted(policy.ports))
    return UnusableUrl(f"Port {target.port} is not delivered to; use one of {known}.", field="url")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
