"""What can be set of a destination, and which values are acceptable."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from common.errors import InvalidInput
from streams.deliveries import targets
from streams.deliveries.hosts import MAIL_HOST, TELEGRAM_HOST
from streams.deliveries.policy import target_policy
from streams.deliveries.services.chats import require_bot
from streams.models import Destination, DestinationKind

NAME_MAX_LENGTH = 80
ADDRESS_MAX_LENGTH = 254
# How many messages in how many seconds, and how often a digest comes instead.
DIGESTS: Mapping[str, tuple[int, int, int]] = {
    DestinationKind.WEBHOOK: (300, 60, 60),
    DestinationKind.EMAIL: (5, 600, 900),
    DestinationKind.TELEGRAM: (10, 60, 300),
}


class InvalidDestination(InvalidInput):
    """A setting of the destination is not acceptable."""

    code = "invalid_destination"


def place_of(destination: Destination, address: str) -> tuple[str, str]:
    """Return an address as it is kept, and the host whose trouble it shares.

    Raises
    ------
    InvalidDestination, streams.deliveries.targets.UnusableUrl, ForbiddenTarget
    streams.deliveries.services.chats.NoBot
    """
    address = address.strip()
    if destination.kind == DestinationKind.WEBHOOK:
        return address, targets.read_url(address, target_policy()).place
    if destination.kind == DestinationKind.TELEGRAM:
        require_bot()
        return "", TELEGRAM_HOST
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidDestination("Write an e-mail address.", field="address") from None
    if len(address) > ADDRESS_MAX_LENGTH or not address.isascii():
        raise InvalidDestination("Write an e-mail address in ASCII.", field="address")
    return address, MAIL_HOST


def needs_no_question(destination: Destination) -> bool:
    """Tell whether nobody else has to agree to what is sent there."""
    if destination.kind == DestinationKind.EMAIL:
        return destination.address.lower() == destination.owner.email.lower()
    return destination.kind == DestinationKind.WEBHOOK


def require_settings(destination: Destination) -> None:
    """Raise InvalidDestination, naming the field, unless digests and quiet hours make sense."""
    for field in ("digest_within_seconds", "digest_every_seconds"):
        if not 1 <= getattr(destination, field) <= 86_400:
            raise InvalidDestination("A time is from a second to a day.", field=field)
    above = destination.digest_above
    if above is None and destination.kind != DestinationKind.WEBHOOK:
        raise InvalidDestination("People are always spared floods.", field="digest_above")
    if above is not None and not 1 <= above <= 10_000:
        raise InvalidDestination("Between 1 and 10,000 messages.", field="digest_above")
    if (destination.quiet_from is None) != (destination.quiet_until is None):
        raise InvalidDestination("Quiet hours have a beginning and an end.", field="quiet_from")
    try:
        ZoneInfo(destination.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidDestination(
            "Write a time zone such as Europe/London.", field="time_zone"
        ) from None


def clean_name(name: str) -> str:
    """Return a name without what surrounds it, or raise InvalidDestination."""
    name = name.strip()
    if not name or len(name) > NAME_MAX_LENGTH or not name.isprintable():
        raise InvalidDestination("A name has 1 to 80 visible characters.", field="name")
    return name
