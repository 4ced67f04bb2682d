"""What whoever reads an address's mail decides, without signing in: yes, and no more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from streams.deliveries import links
from streams.deliveries.health import disable_destination, wake_senders
from streams.models import Destination


@transaction.atomic
def confirm_address(token: str, *, now: datetime) -> Destination:
    """Take the word of whoever reads an address's mail that messages are welcome there.

    Raises
    ------
    streams.deliveries.links.LinkNotValid
    """
    destination = links.destination_of(token, links.CONFIRM)
    updated = Destination.objects.filter(pk=destination.pk, verified_at=None).update(
        verified_at=now
    )
    if updated:
        destination.verified_at = now
        audit.record(
            "destination_verified",
            destination,
            chain=audit.chain_of(destination.owner),
            acting_user=None,
            now=now,
            after={"kind": destination.kind},
        )
        wake_senders()
    return destination


@transaction.atomic
def unsubscribe_address(token: str, *, now: datetime) -> Destination:
    """End the mails to an address, as whoever reads them asks; beginning anew takes their yes.

    Raises
    ------
    streams.deliveries.links.LinkNotValid
    """
    destination = links.destination_of(token, links.UNSUBSCRIBE)
    is_own = destination.address.lower() == destination.owner.email.lower()
    if not is_own:
        # Its owner may enable it, but does not speak for whoever reads these mails.
        destination.verified_at = None
        destination.save(update_fields=["verified_at"])
    return disable_destination(
        destination,
        reason="Whoever reads these mails wants no more of them.",
        acting_user=None,
        now=now,
        tell_owner=not is_own,
    )
