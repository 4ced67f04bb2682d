"""The hosts that things are delivered to, and what their breakers are called. Knows no table.

A receiver's host has a breaker for each house: what one house has sent to an address there that
fails is not to keep back what others have sent to the same host.
"""

from __future__ import annotations

from dataclasses import dataclass

MAIL_HOST = "mail server"
TELEGRAM_HOST = "telegram"
OF_THE_PLATFORM = frozenset({MAIL_HOST, TELEGRAM_HOST})
PREFIX = "delivery to "
FOR_HOUSE = " for "


@dataclass(frozen=True)
class ReceiversHost:
    """A host to which members of a house have things sent; ``house`` is its slug."""

    host: str
    house: str


def breaker_name(host: str, *, house: str = "") -> str:
    """Return what the breaker of a host is called; the platform's own serve all houses alike."""
    return f"{PREFIX}{host}" if host in OF_THE_PLATFORM else f"{PREFIX}{host}{FOR_HOUSE}{house}"


def is_delivery(name: str) -> bool:
    """Tell whether a breaker of this name stands around deliveries."""
    return name.startswith(PREFIX)


def receivers_host(name: str) -> ReceiversHost | None:
    """Return the subscribers' receivers that a breaker is of; None: it is of no such ones.

    The mail server and Telegram are the platform's own choice, and name nobody.
    """
    host, parted, house = name.removeprefix(PREFIX).rpartition(FOR_HOUSE)
    return ReceiversHost(host, house) if is_delivery(name) and parted else None
