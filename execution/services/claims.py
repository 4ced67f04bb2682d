"""Who may run an execution, and whose result counts: lease, attempts and fence."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import User
from execution import held, queue
from execution.models import Execution, ExecutionKind, ExecutionStatus, Hold
from execution.services import dead_letters, urgency, waiting
from execution.services.ends import write_ends
from execution.services.rights import Rights
from registry import access
from registry.lifecycle import RUNNABLE
from registry.models import ScriptVersion
from registry.queries import VersionSuspended

NOT_ENTITLED = "not_entitled"
NOBODY_ENTITLED = {
    "code": NOT_ENTITLED,
    "message": "Nobody who asked for this run is entitled to the script any more.",
}
NOT_RUNNABLE = {
    "code": "version_not_runnable",
    "message": "This version is not published, or it was withdrawn before its run began.",
}
SUSPENDED = {"code": VersionSuspended.code, "message": VersionSuspended.__doc__ or ""}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to finish one attempt of an execution. A later attempt has a higher fence."""

    execution: Execution
    fence: int


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What was claimed, and how many executions were looked at for it."""

    claims: list[Claim]
    looked_at: int


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an attempt ended; ``fields`` are further columns of the execution."""

    claim: Claim
    status: ExecutionStatus
    outcome: str
    fields: dict[str, Any] = field(default_factory=dict)


def claim(execution_id: str, *, now: datetime) -> Claim | None:
    """Take one pending execution, or return None when there is nothing to run."""
    return next(iter(claim_all([execution_id], now=now)), None)


@transaction.atomic
def claim_all(execution_ids: Iterable[str], *, now: datetime) -> list[Claim]:
    """Take those of the executions that are pending and that somebody may still run.

    A version that was never published, or that was withdrawn or suspended since, is not run by
    anybody, and neither is what is held.

    Versions and users' rights are checked again here, with their rows locked until this
    transaction ends: a suspension or a revocation that committed before never sees a start after
    it. Versions come first, as they do where a run's end suspends one.
    """
    held.lock_for_starting()
    asked = Execution.objects.filter(pk__in=list(execution_ids))
    access.lock_versions(asked.order_by().values_list("version_id", flat=True))
    rows = asked.select_for_update(of=("self",)).filter(status=ExecutionStatus.PENDING)
    return _sort_out(_with_all_it_takes(rows), now=now)


@transaction.atomic
def claim_urgent(
    *,
    at_most: int,
    others_at_most: int | None = None,
    oldest_first: bool = False,
    now: datetime,
) -> Taken:
    """Take the most urgent executions that are pending, and others as urgent of the same version.

    Nobody waits for rows that somebody else takes at this moment. The rights are checked as in
    ``claim_all``.

    Parameters
    ----------
    others_at_most
        How many of what is less urgent than realtime; None: as many as of that.
    oldest_first
        Begin with whatever has waited longest, if that is longer than PATIENCE.
    """
    held.lock_for_starting()
    ids = urgency.most_urgent(
        at_most=at_most,
        others_at_most=at_most if others_at_most is None else others_at_most,
        oldest_first=oldest_first,
        now=now,
    )
    # Locked before their versions: whoever locks versions first passes over locked executions.
    access.lock_versions(
        Execution.objects.filter(pk__in=ids).order_by().values_list("version_id", flat=True)
    )
    rows = _with_all_it_takes(Execution.objects.filter(pk__in=ids))
    return Taken(claims=_sort_out(rows, now=now), looked_at=len(ids))


def _with_all_it_takes(rows: QuerySet[Execution]) -> list[Execution]:
    found = list(
        rows.select_related("stream", "plan", "product_subscription__product").order_by("pk")
    )
    # Each once, however many executions are of it: a batch is of one version and few readers.
    versions = ScriptVersion.objects.select_related("script__owner")
    version_of = versions.in_bulk({row.version_id for row in found})
    user_of = User.objects.select_related("tier").in_bulk({row.user_id for row in found})
    for row in found:
        row.version, row.user = version_of[row.version_id], user_of[row.user_id]
    return found


def _sort_out(rows: Iterable[Execution], *, now: datetime) -> list[Claim]:
    rights = Rights(now=now)
    holds = held.active_holds()
    claimed, refused, not_runnable, suspended = [], [], [], []
    for row in rows:
        hold = held.hold_among(holds, row.version.script, row.instrument_key)
        if hold is not None:
            end_as_held([row], hold, now=now)
            continue
        if row.version.status not in RUNNABLE:
            not_runnable.append(row)
            continue
        if row.version.is_suspended:
            suspended.append(row)
            continue
        reader = rights.reader_of(row)
        if reader is None:
            refused.append(row)
            continue
        if reader.user.pk != row.user_id:
            row.user, row.product_subscription = reader.user, reader.product_subscription
            row.save(update_fields=["user", "product_subscription"])
        claimed.append(Claim(execution=row, fence=row.fence + 1))
    _start([c.execution for c in claimed], now=now)
    _refuse(refused, NOBODY_ENTITLED, now=now)
    _refuse(not_runnable, NOT_RUNNABLE, now=now)
    _refuse(suspended, SUSPENDED, now=now, status=ExecutionStatus.FAILED)
    return claimed


def finish(
    claimed: Claim, *, status: ExecutionStatus, outcome: str, now: datetime, **fields: Any
) -> bool:
    """Write the end of one attempt; see ``finish_all``."""
    ending = Ending(claim=claimed, status=status, outcome=outcome, fields=fields)
    return finish_all([ending], now=now) == [ending]


@transaction.atomic
def finish_all(endings: Sequence[Ending], *, now: datetime) -> list[Ending]:
    """Write the ends of attempts in the caller's transaction; return those that counted.

    An attempt that lost its lease to a later one changes nothing.
    """
    written = write_ends([_row_of(ending) for ending in endings], now=now)
    counted = [ending for ending in endings if ending.claim.execution.pk in written]
    after_end([ending.claim.execution for ending in counted], now=now)
    return counted


@transaction.atomic
def give_back(claimed: Claim, *, now: datetime, error: dict[str, Any]) -> None:
    """Return an execution that our own trouble stopped: to the queue, or, in the end, as failed.

    It is taken up again after a while, a longer one each time.
    """
    if claimed.execution.attempts >= settings.EXECUTION_MAX_ATTEMPTS:
        if finish(
            claimed, status=ExecutionStatus.FAILED, outcome="infrastructure", now=now, error=error
        ):
            dead_letters.bury_execution(claimed.execution, reason=error["message"], now=now)
        return
    again_at = now + _pause(claimed.execution.attempts)
    _held(claimed).update(
        status=ExecutionStatus.PENDING, lease_until=None, queued_at=again_at, error=error
    )


def renew(claims: Iterable[Claim], *, now: datetime) -> None:
    """Move the leases of running attempts on."""
    for claimed in claims:
        _held(claimed).update(lease_until=_lease_from(now))


@transaction.atomic
def cancel_pending(execution: Execution, *, now: datetime, outcome: str) -> bool:
    """Cancel an execution that nobody started; return False when somebody has."""
    updated = Execution.objects.filter(
        pk=execution.pk, status__in=[ExecutionStatus.PENDING, ExecutionStatus.WAITING]
    ).update(status=ExecutionStatus.CANCELLED, outcome=outcome, finished_at=now)
    if updated:
        after_end([execution], now=now)
    return bool(updated)


@transaction.atomic
def refuse_all_of(version_id: UUID, *, now: datetime) -> int:
    """End what was asked of a suspended version and nobody started; return how much it was.

    What a worker has its hands on at this moment is left to its claim, which refuses it too.
    """
    rows = list(
        Execution.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(version=version_id, status__in=[ExecutionStatus.WAITING, ExecutionStatus.PENDING])
        .order_by("pk")
    )
    _refuse(rows, SUSPENDED, now=now, status=ExecutionStatus.FAILED)
    return len(rows)


def end_as_held(rows: Sequence[Execution], hold: Hold, *, now: datetime) -> None:
    """End executions that are not done, also those that run, because of a hold.

    A worker that has its hands on one finds that its attempt counts no more, and kills the guest.
    """
    _refuse(rows, held.told_of(hold), now=now)


def _start(rows: Sequence[Execution], *, now: datetime) -> None:
    Execution.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=ExecutionStatus.RUNNING,
        fence=F("fence") + 1,
        attempts=F("attempts") + 1,
        started_at=now,
        lease_until=_lease_from(now),
    )
    for row in rows:
        row.fence += 1
        row.attempts += 1
        row.started_at = now


def _refuse(
    rows: Sequence[Execution],
    error: dict[str, str],
    *,
    now: datetime,
    status: ExecutionStatus = ExecutionStatus.CANCELLED,
) -> None:
    if not rows:
        return
    Execution.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=status,
        outcome=error["code"],
        error=error,
        finished_at=now,
        lease_until=None,
    )
    after_end(rows, now=now)


def _row_of(ending: Ending) -> dict[str, Any]:
    return {
        "id": ending.claim.execution.pk,
        "fence": ending.claim.fence,
        "status": ending.status,
        "outcome": ending.outcome,
        **ending.fields,
    }


def _held(claimed: Claim) -> Any:
    return Execution.objects.filter(
        pk=claimed.execution.pk, fence=claimed.fence, status=ExecutionStatus.RUNNING
    )


def _pause(attempts: int) -> timedelta:
    # What failed together is not tried again all at once.
    return timedelta(seconds=2 ** (attempts - 1) * random.uniform(0.5, 1.5))


def _lease_from(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.EXECUTION_LEASE_SECONDS)


def after_end(executions: Sequence[Execution], *, now: datetime) -> None:
    """Release what waits for executions that have ended, and wake who waits for them."""
    waiting.release(executions, now=now)
    queue.announce_done(one for one in executions if one.kind == ExecutionKind.ONETIME)
