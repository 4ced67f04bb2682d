"""Links in our mails that need no sign-in: signed, for one address and one purpose."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing

from common.canonical import sha256
from common.errors import NotFound
from streams.models import Destination

CONFIRM, UNSUBSCRIBE = "streams.confirm", "streams.unsubscribe"


class LinkNotValid(NotFound):
    """This link is not, or no longer, good for anything."""

    code = "link_not_valid"


def confirmation_link(destination: Destination) -> str:
    """Return where the holder of an address says that messages are welcome."""
    return f"{settings.PUBLIC_URL}/deliveries/confirm/{_token(destination, CONFIRM)}"


def unsubscribe_link(destination: Destination) -> str:
    """Return where whoever reads a mail ends the mails."""
    return f"{settings.PUBLIC_URL}/deliveries/unsubscribe/{_token(destination, UNSUBSCRIBE)}"


def destination_of(token: str, purpose: str) -> Destination:
    """Return the destination that a link is about.

    Raises
    ------
    LinkNotValid
        It was changed, is too old, or the destination has another address or is gone.
    """
    age = timedelta(seconds=settings.CONFIRMATION_SECONDS) if purpose == CONFIRM else None
    try:
        pk, address = signing.loads(token, salt=purpose, max_age=age)
        found = Destination.objects.select_related("owner").filter(pk=UUID(pk)).first()
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkNotValid() from None
    if found is None or _short(found.address) != address:
        raise LinkNotValid()
    return found


def _token(destination: Destination, purpose: str) -> str:
    return signing.dumps([destination.pk.hex, _short(destination.address)], salt=purpose)


def _short(address: str) -> str:
    return sha256(address.encode())[:16]
