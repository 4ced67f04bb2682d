"""Put aside what was given up: a market event, or an execution. Once for each, however often."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import Role, User
from accounts.principals import NoTenant, principal_of
from execution.market_events import MarketEvent
from execution.models import DeadLetter, DeadLetterKind, Execution, Resolution
from market.shards import event_stream

log = structlog.get_logger(__name__)


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
    """Return the letters that somebody may see: market events, and executions of their house."""
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
