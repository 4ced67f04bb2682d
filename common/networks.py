"""Lists of networks, and who is in them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def bad_networks(texts: Iterable[str]) -> list[str]:
    """Return those of a list that are no networks."""
    return [text for text in texts if _network_or_none(text.strip()) is None]


def address_or_none(text: str) -> Address | None:
    """Return an address; one of IPv4 that came in as IPv6 is what it is, of IPv4."""
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def is_within(address: Address | None, networks: Iterable[str]) -> bool:
    """Tell whether an address is in one of the networks; what is no network holds nobody."""
    if address is None:
        return False
    found = (_network_or_none(text.strip()) for text in networks)
    return any(network is not None and address in network for network in found)


@lru_cache(maxsize=256)
def _network_or_none(text: str) -> Network | None:
    try:
        return ip_network(text, strict=True)
    except ValueError:
        return None
