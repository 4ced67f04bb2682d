"""Put aside what was given up: a market event, an execution, an entry of a feed. Once for each."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from itertools import chain, islice
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import Role, User
from accounts.principals import NoTenant, principal_of
from common.plain_text import plain
from execution.market_events import MarketEvent
from execution.models import DeadLetter, DeadLetterKind, Execution, Resolution
from market.intake_stream import INTAKE_STREAM
from market.shards import event_stream

log = structlog.get_logger(__name__)

ENTRY = "entry"  # in a letter's payload: what a feed wrote, word for word, so that it can be resent
ENTRY_SHORTENED = "shortened"
ENTRY_MAX_BYTES = 1_000_000
SHOWN_FIELDS, SHOWN_BYTES = 20, 1_000
REASON_MAX = 500
# A feed that is wrong all day fills no disk: what comes on top is in the log, and counted there.
OPEN_ENTRIES_MAX = 10_000


def bury_event(event: MarketEvent, *, reason: str, now: datetime) -> None:
    """Put a market event aside that broke its handling after all attempts."""
    name = f"{event_stream(event.shard)} {event.id}"
    letter = DeadLetter(
        kind=DeadLetterKind.EVENT,
        event=name,
        payload=event.fields,
        reason=reason,
        attempts=event.deliveries,
        created_at=now,
    )
    _save_once(letter)
    log.error("event_put_aside", letter_event=name, attempts=event.deliveries, reason=reason)


def bury_execution(execution: Execution, *, reason: str, now: datetime) -> None:
    """Put an execution aside that our own trouble ended after all attempts."""
    letter = DeadLetter(
        kind=DeadLetterKind.EXECUTION,
        execution=execution,
        reason=reason,
        attempts=execution.attempts,
        created_at=now,
    )
    _save_once(letter)
    log.error("execution_put_aside", execution=str(execution.pk), reason=reason)


def bury_entry(entry_id: str, fields: Mapping[bytes, bytes], *, reason: str, now: datetime) -> None:
    """Put an entry of the intake stream aside that could not be recorded.

    Beyond so many that nobody has decided about, it is only noted in the log.
    """
    name = f"{INTAKE_STREAM} {entry_id}"
    # It repeats what a feed wrote.
    reason = plain(reason, longest=REASON_MAX)
    open_ones = DeadLetter.objects.filter(kind=DeadLetterKind.ENTRY, resolution="")
    if open_ones[OPEN_ENTRIES_MAX - 1 : OPEN_ENTRIES_MAX].exists():
        log.error("entry_lost_too_many_put_aside", entry=name, reason=reason)
        return
    letter = DeadLetter(
        kind=DeadLetterKind.ENTRY,
        event=name,
        payload=_payload_of(fields),
        reason=reason,
        attempts=1,
        created_at=now,
    )
    _save_once(letter)
    log.error("entry_put_aside", entry=name, reason=reason)


def _payload_of(fields: Mapping[bytes, bytes]) -> dict[str, Any]:
    whole = b"".join(chain.from_iterable(fields.items()))
    if len(whole) <= ENTRY_MAX_BYTES and b"\0" not in whole:
        with suppress(UnicodeDecodeError):
            return {ENTRY: {name.decode(): value.decode() for name, value in fields.items()}}
    some = islice(fields.items(), SHOWN_FIELDS)
    return {ENTRY_SHORTENED: {_legible(name): _legible(value) for name, value in some}}


def _legible(text: bytes) -> str:
    return repr(text[:SHOWN_BYTES])[2:-1]


def resolve(
    letters: QuerySet[DeadLetter],
    resolution: Resolution,
    *,
    why: str,
    acting_user: User,
    now: datetime,
) -> int:
    """Note what somebody decided about letters; return about how many nobody had before."""
    return letters.filter(resolution="").update(
        resolution=resolution, resolved_by=acting_user, resolved_at=now, resolved_why=why
    )


def open_to(user: User) -> QuerySet[DeadLetter]:
    """Return the letters that somebody may see: of the market, and executions of their house."""
    letters = DeadLetter.objects.select_related("execution__version__script__tenant", "resolved_by")
    if user.is_active and user.is_superuser:
        return letters
    try:
        principal = principal_of(user)
    except NoTenant:
        return letters.none()
    if not user.is_active or not principal.has_role(Role.OPERATOR):
        return letters.none()
    house = Q(execution__version__script__tenant=principal.tenant_id)
    return letters.filter(Q(execution=None) | house)


def _save_once(letter: DeadLetter) -> None:
    try:
        with transaction.atomic():
            letter.save(force_insert=True)
    except IntegrityError:
        log.info("put_aside_before", letter=str(letter))
