"""From which addresses a producer may send: a list of networks in CIDR notation."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from common.errors import InvalidInput, Unauthenticated

MAX_NETWORKS = 64
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class InvalidNetwork(InvalidInput):
    """A network is written as 203.0.113.0/24 or 2001:db8::/32; one address as itself."""

    code = "invalid_network"


class NetworkNotAllowed(Unauthenticated):
    """The signature does not belong to this body, timestamp and producer."""

    code = "network_not_allowed"


def read_networks(networks: Any) -> list[str]:
    """Return networks as they are kept, each once and in its usual spelling.

    Raises
    ------
    InvalidNetwork
    """
    if not isinstance(networks, list) or len(networks) > MAX_NETWORKS:
        raise InvalidNetwork(
            f"Networks are a list of at most {MAX_NETWORKS}.", field="allowed_networks"
        )
    return list(dict.fromkeys(str(_network(text)) for text in networks))


def require_allowed(address: str, networks: Iterable[str]) -> None:
    """Accept a sender from one of the networks; from anywhere when there are none.

    Raises
    ------
    NetworkNotAllowed
        Also for an address that is none, such as the empty one of a local socket.
    """
    allowed = [ipaddress.ip_network(network) for network in networks]
    if not allowed:
        return
    try:
        sender = ipaddress.ip_address(address)
    except ValueError:
        raise NetworkNotAllowed() from None
    # A server that listens on both families shows an IPv4 sender as ::ffff:203.0.113.7.
    sender = getattr(sender, "ipv4_mapped", None) or sender
    if not any(sender in network for network in allowed):
        raise NetworkNotAllowed()


def _network(text: Any) -> Network:
    try:
        # A number would be taken for an address as well.
        return ipaddress.ip_network(text.strip())
    except (AttributeError, ValueError):
        shown = text if isinstance(text, str) else "an entry"
        raise InvalidNetwork(
            f"{shown[:60]} is no network: write 203.0.113.0/24, 2001:db8::/32 or one address.",
            field="allowed_networks",
        ) from None
