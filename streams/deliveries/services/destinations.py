"""Add, change, verify, enable and remove destinations, and renew their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from common.errors import Conflict, Forbidden, NotFound
from streams.deliveries.digests import quiet_until
from streams.deliveries.health import queue_mail, wake_senders
from streams.deliveries.planning import quiet_hours_of
from streams.deliveries.secrets import draw_secret
from streams.deliveries.services.destination_rules import (
    DIGESTS,
    InvalidDestination,
    clean_name,
    needs_no_question,
    place_of,
    require_settings,
)
from streams.deliveries.services.questions import mailbox_of, note_question
from streams.deliveries.settling import OF_THE_OWNER
from streams.models import Delivery, DeliveryKind, Destination, DestinationKind

CHANGEABLE = (
    "name",
    "address",
    "digest_above",
    "digest_within_seconds",
    "digest_every_seconds",
    "quiet_from",
    "quiet_until",
    "time_zone",
)


class NoSuchDestination(NotFound):
    """You have no such destination."""

    code = "no_such_destination"


class DestinationExists(Conflict):
    """You have a destination with this address already; use or change that one."""

    code = "destination_exists"


class TooManyDestinations(Conflict):
    """You have as many destinations as one person may; remove one first."""

    code = "too_many_destinations"


class StoppedByOperator(Forbidden):
    """An operator has disabled this destination; ask them to enable it again."""

    code = "stopped_by_operator"


class NotAWebhook(Conflict):
    """Only webhooks have a secret."""

    code = "not_a_webhook"


def own_destination(user: User, destination_id: Any) -> Destination:
    """Return a destination of somebody's own.

    Raises
    ------
    NoSuchDestination
    """
    found = Destination.objects.select_related("owner").filter(pk=destination_id, owner=user)
    destination = found.first()
    if destination is None:
        raise NoSuchDestination()
    return destination


@transaction.atomic
def add_destination(
    owner: User,
    *,
    kind: DestinationKind,
    name: str,
    address: str = "",
    acting_user: User,
    now: datetime,
) -> tuple[Destination, str]:
    """Add a destination and return it with its secret, which is shown this once; none: "".

    An e-mail address that is not the account's own is asked first, a chat is linked by a code.

    Raises
    ------
    InvalidDestination, streams.deliveries.targets.UnusableUrl, ForbiddenTarget
    DestinationExists, TooManyDestinations, streams.deliveries.services.chats.NoBot
    StoppedByOperator
        The mailbox is one that an operator has stopped, in another spelling.
    streams.deliveries.services.questions.TooManyConfirmations
    """
    above, within, every = DIGESTS[kind]
    destination = Destination(
        owner=owner,
        kind=kind,
        name=clean_name(name),
        created_at=now,
        digest_above=above,
        digest_within_seconds=within,
        digest_every_seconds=every,
    )
    destination.address, destination.host = place_of(destination, address)
    _require_room(owner, destination)
    secret = draw_secret(destination) if kind == DestinationKind.WEBHOOK else ""
    if needs_no_question(destination):
        destination.verified_at = now
    destination.save(force_insert=True)
    if destination.verified_at is None:
        _ask(destination, now=now)
    _record("destination_added", destination, acting_user, now, after=_described(destination))
    return destination, secret


@transaction.atomic
def change_destination(
    destination: Destination, changes: Mapping[str, Any], *, acting_user: User, now: datetime
) -> Destination:
    """Change settings of a destination; the address of a webhook only.

    Raises
    ------
    InvalidDestination, streams.deliveries.targets.UnusableUrl, ForbiddenTarget, DestinationExists
    NoSuchDestination, StoppedByOperator
        To its owner; what an operator has stopped cannot be moved away from under their stop.
    """
    _lock(destination)
    before = _described(destination)
    quiet = quiet_until(quiet_hours_of(destination), now=now)
    for field, value in changes.items():
        if field not in CHANGEABLE:
            raise InvalidDestination(f"{field} cannot be changed.", field=field)
        setattr(destination, field, value)
    destination.name = clean_name(destination.name)
    if destination.address != before["address"]:
        if destination.kind != DestinationKind.WEBHOOK:
            raise InvalidDestination(
                "Add another destination for another address.", field="address"
            )
        _require_not_stopped(destination, acting_user)
        destination.address, destination.host = place_of(destination, destination.address)
        _require_new(destination.owner, destination)
    require_settings(destination)
    # What was held back under the old rule is looked at again under the new one.
    destination.held_until, destination.in_digest = None, False
    destination.save(update_fields=[*CHANGEABLE, "host", "held_until", "in_digest"])
    _let_follow(destination, quiet, now=now)
    after = _described(destination)
    if after != before:
        _record("destination_changed", destination, acting_user, now, before=before, after=after)
        wake_senders()
    return destination


@transaction.atomic
def enable_destination(
    destination: Destination, *, acting_user: User, now: datetime, reason: str = ""
) -> Destination:
    """Send to a destination again, beginning with what has waited for it.

    A mailbox whose reader ended the mails, or never said yes, is asked first.

    Raises
    ------
    StoppedByOperator
        To its owner; whoever stopped it can enable it.
    NoSuchDestination, streams.deliveries.services.questions.TooManyConfirmations
    """
    _lock(destination)
    _require_not_stopped(destination, acting_user)
    updated = Destination.objects.filter(pk=destination.pk, disabled_at__isnull=False).update(
        disabled_at=None,
        disabled_reason="",
        stopped_by_operator=False,
        failing_since=None,
        held_until=None,
        in_digest=False,
    )
    if updated:
        Delivery.objects.filter(destination=destination, state="pending").update(
            next_attempt_at=now, tries=0
        )
        if destination.verified_at is None:
            _ask(destination, now=now)
        before = {"enabled": False, "reason": destination.disabled_reason}
        _record(
            "destination_enabled",
            destination,
            acting_user,
            now,
            before=before,
            after={"enabled": True},
            reason=reason,
        )
        wake_senders()
    destination.refresh_from_db()
    return destination


@transaction.atomic
def remove_destination(destination: Destination, *, acting_user: User, now: datetime) -> None:
    """Remove a destination with what it follows and its log; nothing more is sent to it.

    Raises
    ------
    StoppedByOperator
        To its owner, who could add it anew.
    NoSuchDestination
    """
    _lock(destination)
    _require_not_stopped(destination, acting_user)
    _record("destination_removed", destination, acting_user, now, before=_described(destination))
    destination.delete()


@transaction.atomic
def rotate_secret(destination: Destination, *, acting_user: User, now: datetime) -> str:
    """Give a webhook a new secret and return it; for a day both sign, so nothing is refused.

    Raises
    ------
    NotAWebhook, NoSuchDestination
    """
    if destination.kind != DestinationKind.WEBHOOK:
        raise NotAWebhook()
    _lock(destination)
    destination.previous_secret = destination.secret
    destination.previous_until = now + timedelta(seconds=settings.DELIVERY_SECRET_OVERLAP_SECONDS)
    secret = draw_secret(destination)
    destination.save(update_fields=["secret", "previous_secret", "previous_until"])
    after = {"old_until": destination.previous_until.isoformat()}
    _record("destination_secret_rotated", destination, acting_user, now, after=after)
    return secret


def _lock(destination: Destination) -> None:
    """Read a destination as it is by now, and let nobody else change it meanwhile."""
    locked = Destination.objects.select_for_update(no_key=True)
    try:
        destination.refresh_from_db(from_queryset=locked)
    except Destination.DoesNotExist:
        raise NoSuchDestination() from None


def _require_not_stopped(destination: Destination, acting_user: User) -> None:
    if destination.stopped_by_operator and acting_user == destination.owner:
        raise StoppedByOperator()


def _let_follow(destination: Destination, quiet: datetime | None, *, now: datetime) -> None:
    """Have what waits go by the changed settings; it was ``quiet`` until then by those before."""
    waiting = Delivery.objects.filter(destination=destination, state="pending")
    waiting.exclude(kind__in=OF_THE_OWNER).exclude(host=destination.host).update(
        host=destination.host
    )
    if quiet is not None:
        waiting.filter(next_attempt_at=quiet).update(next_attempt_at=now)


def _ask(destination: Destination, *, now: datetime) -> None:
    """Ask whoever reads an address whether messages are welcome, unless that is the owner."""
    if needs_no_question(destination):
        Destination.objects.filter(pk=destination.pk).update(verified_at=now)
    elif destination.kind == DestinationKind.EMAIL:
        User.objects.select_for_update(no_key=True).get(pk=destination.owner_id)
        note_question(destination.owner, destination.address, now=now)
        queue_mail(destination, DeliveryKind.CONFIRMATION, now=now)


def _require_room(owner: User, destination: Destination) -> None:
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    if Destination.objects.filter(owner=owner).count() >= settings.DESTINATIONS_MAX:
        raise TooManyDestinations(limit=settings.DESTINATIONS_MAX)
    _require_new(owner, destination)


def _require_new(owner: User, destination: Destination) -> None:
    same = Destination.objects.filter(
        owner=owner, kind=destination.kind, address=destination.address
    ).exclude(pk=destination.pk)
    if destination.address and same.exists():
        raise DestinationExists(field="address")
    if destination.kind == DestinationKind.EMAIL:
        stopped = Destination.objects.filter(
            owner=owner, kind=DestinationKind.EMAIL, stopped_by_operator=True
        ).values_list("address", flat=True)
        if mailbox_of(destination.address) in map(mailbox_of, stopped):
            raise StoppedByOperator(field="address")


def _described(destination: Destination) -> dict[str, Any]:
    described = {field: getattr(destination, field) for field in CHANGEABLE}
    for field in ("quiet_from", "quiet_until"):
        described[field] = described[field].isoformat() if described[field] else None
    return {"kind": str(destination.kind), **described}


def _record(
    event: str,
    destination: Destination,
    acting_user: User | None,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    audit.record(
        event,
        destination,
        chain=audit.chain_of(destination.owner),
        acting_user=acting_user,
        now=now,
        before=before,
        after=after,
        reason=reason,
    )
