"""How often an address is asked whether messages are welcome there.

Whoever is asked did not ask for it. So each question is counted, for its asker and for its address
whoever asks, where removing the destination takes nothing back; of the address only a hash is kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from common import row_scope
from common.canonical import sha256
from common.errors import RateLimited
from streams.models import AddressQuestion

WINDOW = timedelta(days=1)


class TooManyConfirmations(RateLimited):
    """So many addresses, and each so often, are asked in a day; try again when Retry-After says."""

    code = "too_many_confirmations"


@row_scope.for_the_platform
def note_question(asker: User, address: str, *, now: datetime) -> None:
    """Count a question that is about to be sent, in the transaction that sends it.

    Whoever calls it has locked the asker's row.

    Raises
    ------
    TooManyConfirmations
        Saying when there will be room.
    """
    asked = mailbox_of(address)
    with connection.cursor() as cursor:
        # Of many who ask about one address at once, no more get through than of one.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"streams:asked:{asked}"]
        )
    recent = AddressQuestion.objects.filter(asked_at__gt=now - WINDOW)
    waits = (
        _wait(recent.filter(asked_by=asker), settings.CONFIRMATIONS_PER_USER, now=now),
        _wait(recent.filter(mailbox_sha256=asked), settings.CONFIRMATIONS_PER_ADDRESS, now=now),
    )
    if any(waits):
        free_at = now + timedelta(seconds=max(waits) + 60)
        raise TooManyConfirmations(
            "So many addresses, and each so often, are asked in a day; try again at "
            f"{free_at:%Y-%m-%d %H:%M} UTC.",
            retry_after_seconds=max(waits),
            field="address",
        )
    AddressQuestion.objects.create(asked_by=asker, mailbox_sha256=asked, asked_at=now)


def mailbox_of(address: str) -> str:
    """Return a hash that an address shares with its spellings in other cases and with +words."""
    local, _, domain = address.lower().rpartition("@")
    return sha256(f"{local.partition('+')[0] or local}@{domain}".encode())


def forget_old_questions(*, now: datetime) -> None:
    """Delete what counts no longer."""
    AddressQuestion.objects.filter(asked_at__lte=now - WINDOW).delete()


def _wait(recent: QuerySet[AddressQuestion], limit: int, *, now: datetime) -> int:
    """Return for how many seconds there is no room; 0: there is."""
    counted = list(recent.order_by("-asked_at").values_list("asked_at", flat=True)[:limit])
    if len(counted) < limit:
        return 0
    return int((counted[-1] + WINDOW - now).total_seconds()) + 1
