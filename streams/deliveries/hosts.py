"""The hosts that things are delivered to, and what their breakers are called. Knows no table."""

from __future__ import annotations

MAIL_HOST = "mail server"
TELEGRAM_HOST = "telegram"
OF_THE_PLATFORM = frozenset({MAIL_HOST, TELEGRAM_HOST})
PREFIX = "delivery to "


def breaker_name(host: str) -> str:
    """Return what the breaker of a host is called."""
    return f"{PREFIX}{host}"


def is_delivery(name: str) -> bool:
    """Tell whether a breaker of this name stands around deliveries."""
    return name.startswith(PREFIX)


def receivers_host(name: str) -> str | None:
    """Return the host of a subscriber's receiver that a breaker is of; None: it is of no such one.

    The mail server and Telegram are the platform's own choice, and name nobody.
    """
    host = name.removeprefix(PREFIX)
    return host if is_delivery(name) and host not in OF_THE_PLATFORM else None
