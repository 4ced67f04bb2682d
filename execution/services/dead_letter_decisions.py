"""What an operator does with what was put aside: try it again, or let it be."""

from __future__ import annotations

from datetime import datetime

import redis
from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.platform import require_platform_operator
from common.errors import Conflict, InvalidInput, Unavailable
from execution.models import DeadLetter, DeadLetterKind, Resolution
from execution.services import dead_letters, recovery
from market.announcements import announce_again
from market.intake_stream import send_again


class AlreadyDecided(Conflict):
    """Somebody has decided about this dead letter already; reload the list."""

    code = "already_decided"


class ReasonMissing(InvalidInput):
    """Say why: the reason stays with the dead letter and in the audit trail."""

    code = "reason_missing"


class NothingToRetry(Conflict):
    """This event names no instrument, so nobody could handle it again; discard it."""

    code = "nothing_to_retry"


class NotKeptWhole(Conflict):
    """This entry was no text or very long and is not kept as it came; discard it, send it anew."""

    code = "not_kept_whole"


class EventNotSent(Unavailable):
    """The event could not be sent again, because Redis does not answer; try again in a moment."""

    code = "event_not_sent"


@transaction.atomic
def retry_dead_letter(
    letter: DeadLetter, *, reason: str, acting_user: User, now: datetime
) -> DeadLetter:
    """Send an event or an entry, or queue an execution, once more with fresh attempts.

    Raises
    ------
    AlreadyDecided, ReasonMissing, NothingToRetry, NotKeptWhole, EventNotSent
    recovery.NotRetryable
    PlatformOperatorRequired
        It is an entry of a feed, and the acting user operates one house at most.
    """
    _decide(letter, Resolution.RETRIED, reason=reason, acting_user=acting_user, now=now)
    if letter.execution is not None:
        recovery.run_again(letter.execution, reason=reason, acting_user=acting_user, now=now)
    else:
        _send_again(letter)
    return letter


@transaction.atomic
def discard_dead_letter(
    letter: DeadLetter, *, reason: str, acting_user: User, now: datetime
) -> DeadLetter:
    """Let an event, an entry or an execution be as it is.

    Raises
    ------
    AlreadyDecided, ReasonMissing
    PlatformOperatorRequired
        It is an entry of a feed, and the acting user operates one house at most.
    """
    _decide(letter, Resolution.DISCARDED, reason=reason, acting_user=acting_user, now=now)
    return letter


def _decide(
    letter: DeadLetter, resolution: Resolution, *, reason: str, acting_user: User, now: datetime
) -> None:
    if letter.kind == DeadLetterKind.ENTRY:
        require_platform_operator(acting_user)  # prices are every house's
    reason = reason.strip()
    if not reason:
        raise ReasonMissing(field="reason")
    same = DeadLetter.objects.filter(pk=letter.pk)
    if not dead_letters.resolve(same, resolution, why=reason, acting_user=acting_user, now=now):
        raise AlreadyDecided(letter_id=str(letter.pk))
    letter.refresh_from_db()
    execution = letter.execution
    audit.record(
        f"dead_letter_{resolution}",
        letter,
        chain=execution.version.script.tenant.slug if execution else audit.PLATFORM_CHAIN,
        acting_user=acting_user,
        now=now,
        before={"resolution": ""},
        after={"resolution": str(resolution), "subject": str(letter), "attempts": letter.attempts},
        reason=reason,
    )


def _send_again(letter: DeadLetter) -> None:
    is_entry = letter.kind == DeadLetterKind.ENTRY
    if is_entry and dead_letters.ENTRY not in letter.payload:
        raise NotKeptWhole(letter_id=str(letter.pk))
    if not is_entry and not letter.payload.get("instrument_key"):
        raise NothingToRetry(letter_id=str(letter.pk))
    # Before the commit, so that a letter stays open whose event was not sent. What is sent and
    # whose letter stays open all the same is harmless: the table says what is due, and what is
    # recorded twice counts once.
    try:
        if is_entry:
            send_again(letter.payload[dead_letters.ENTRY])
        else:
            announce_again(letter.payload)
    except redis.RedisError as error:
        raise EventNotSent(letter_id=str(letter.pk)) from error
