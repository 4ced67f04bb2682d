"""Trials: a version's snapshot run over history, asked for here and leased to a worker.

The row is the job, as with executions: its status and its count of attempts decide whose result
counts. What a worker does with it is in ``trial_runs``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task

from accounts import audit
from accounts.models import User
from common.canonical import digest
from common.errors import Conflict, Forbidden, InvalidInput, NotFound, RateLimited
from execution.models import UNFINISHED_TRIALS, Trial, TrialPurpose, TrialStatus
from execution.services import isolation
from execution.services.requests import require_params
from gateway import reads
from registry import access
from registry.models import ScriptVersion
from registry.queries import VersionSuspended

BARS_DEFAULT = 250
WORKER_LOST = {"code": "worker_lost", "message": "The worker that ran this went away."}


class TrialNotAllowed(Forbidden):
    """Only its author and those who oversee the house may try a version on history."""

    code = "trial_not_allowed"


class TrialBarsOutOfBounds(InvalidInput):
    """The number of bars of a trial is out of bounds."""

    code = "trial_bars_out_of_bounds"


class TooManyTrials(RateLimited):
    """Some of your trials are still to be run; wait for one to end, or cancel it."""

    code = "too_many_trials"


class NoSuchTrial(NotFound):
    """There is no such trial, or you may not know of it."""

    code = "no_such_trial"


class TrialIsOver(Conflict):
    """This trial has ended already."""

    code = "trial_is_over"


@transaction.atomic
def request_trial(
    version: ScriptVersion,
    *,
    instrument_key: str,
    timeframe: str | None = None,
    params: Mapping[str, Any] | None = None,
    bars: int = BARS_DEFAULT,
    acting_user: User,
    now: datetime,
) -> Trial:
    """Ask for a run of a version, as it is now, over the newest bars of an instrument.

    Drafts may be tried too. The script reads as the acting user.

    Raises
    ------
    TrialNotAllowed, NoSuchScript
        The acting user neither wrote the version nor oversees its house.
    VersionSuspended
        What it did in a run has to be looked at first.
    InvalidRead, ParamsDoNotMatchSchema, TrialBarsOutOfBounds
        Naming the field.
    TooManyTrials
        The acting user has several that are not done yet.
    """
    require_may_try(version, acting_user)
    if version.is_suspended:
        raise VersionSuspended
    wanted = timeframe or version.timeframe
    reads.require_market(instrument_key, wanted)
    given = require_params(version, params or {})
    _require_bars(bars)
    _require_room(acting_user)
    isolation.require_a_proven_worker()
    trial = new_trial(
        version,
        purpose=TrialPurpose.AUTHOR,
        instrument_key=instrument_key,
        timeframe=wanted,
        params=given,
        bars=bars,
        requested_by=acting_user,
        now=now,
    )
    trial.save(force_insert=True)
    _record("trial_requested", trial, acting_user=acting_user, now=now)
    send([trial.pk])
    return trial


def new_trial(version: ScriptVersion, *, requested_by: User, now: datetime, **values: Any) -> Trial:
    """Return an unsaved trial of a version's bytes and manifest as they are now."""
    return Trial(
        version=version,
        source=version.source,
        source_sha256=version.source_sha256,
        manifest=version.manifest,
        requested_by=requested_by,
        requested_at=now,
        **values,
    )


@transaction.atomic
def cancel_trial(trial: Trial, *, acting_user: User, now: datetime) -> Trial:
    """End a trial that is not done; one that runs stops within a few bars.

    Raises
    ------
    TrialNotAllowed, NoSuchScript
        The acting user neither asked for it nor may try its version.
    TrialIsOver
        It is done.
    """
    if trial.requested_by_id != acting_user.pk:
        require_may_try(trial.version, acting_user)
    updated = Trial.objects.filter(pk=trial.pk, status__in=UNFINISHED_TRIALS).update(
        status=TrialStatus.CANCELLED, finished_at=now, lease_until=None
    )
    trial.refresh_from_db()
    if not updated:
        raise TrialIsOver(trial_id=str(trial.pk), status=trial.status)
    _record("trial_cancelled", trial, acting_user=acting_user, now=now)
    return trial


def require_may_try(version: ScriptVersion, user: User) -> None:
    """Raise unless a user wrote a version or oversees its house."""
    principal = access.principal_in(version.script, user)
    if version.script.owner_id != user.pk and not principal.has_role(*access.OVERSEERS):
        raise TrialNotAllowed(version=str(version))


def trial_of(trial_id: UUID, *, user: User) -> Trial:
    """Return a trial that a user may see: the author's, and in their house the overseers'.

    Raises
    ------
    NoSuchTrial
        Unknown, or not for this user: they look the same.
    """
    trial = Trial.objects.select_related("version__script").filter(pk=trial_id).first()
    if trial is not None:
        try:
            require_may_try(trial.version, user)
        except (TrialNotAllowed, access.NoSuchScript):
            trial = None
    if trial is None:
        raise NoSuchTrial(trial_id=str(trial_id))
    return trial


def send(trial_ids: list[UUID]) -> None:
    """Once the caller's transaction commits, hand trials over to the workers."""
    transaction.on_commit(lambda: _enqueue(map(str, trial_ids)))


# --- the worker's side ----------------------------------------------------------------------------


@transaction.atomic
def claim_trial(trial_id: UUID | str, *, now: datetime) -> Trial | None:
    """Take a pending trial, or return None when there is nothing to run."""
    trial = (
        Trial.objects.select_for_update(of=("self",))
        .select_related("version__script__tenant", "requested_by__tier")
        .filter(pk=trial_id, status=TrialStatus.PENDING)
        .first()
    )
    if trial is None:
        return None
    trial.status = TrialStatus.RUNNING
    trial.attempts += 1
    trial.started_at = now
    trial.bars_done = 0
    trial.lease_until = lease_from(now)
    trial.save(update_fields=["status", "attempts", "started_at", "bars_done", "lease_until"])
    return trial


def is_held(trial: Trial, *, bars_done: int, now: datetime) -> bool:
    """Note how far a trial is and renew its lease; False when it was cancelled or taken over."""
    updated = _held(trial).update(bars_done=bars_done, lease_until=lease_from(now))
    return bool(updated)


def finish_trial(trial: Trial, *, status: TrialStatus, now: datetime, **found: Any) -> bool:
    """Write the end of an attempt; one that was cancelled or taken over changes nothing."""
    if "outputs" in found:
        found["outputs_sha256"] = digest(found["outputs"])
    updated = _held(trial).update(status=status, finished_at=now, lease_until=None, **found)
    trial.refresh_from_db()
    return bool(updated)


@transaction.atomic
def give_trial_back(trial: Trial, *, error: Mapping[str, Any], now: datetime) -> bool:
    """Return a trial that our own trouble stopped: to the queue or, in the end, as failed.

    Returns whether it is to be run again.
    """
    if trial.attempts >= settings.EXECUTION_MAX_ATTEMPTS:
        finish_trial(trial, status=TrialStatus.FAILED, now=now, error={"line": None, **error})
        return False
    held = _held(trial).update(status=TrialStatus.PENDING, lease_until=None, error=error)
    return bool(held)


def recover_trials(*, grace: timedelta, is_queue_empty: bool, now: datetime) -> int:
    """Take back the trials of dead workers and send lost ids again; return how many.

    Evidence of ours is made in one piece: its trials come back with it.
    """
    wanted = Trial.objects.filter(purpose=TrialPurpose.AUTHOR)
    expired = wanted.filter(status=TrialStatus.RUNNING, lease_until__lt=now)
    rows = list(expired.select_for_update(skip_locked=True).order_by("lease_until")[:50])
    again = [trial.pk for trial in rows if give_trial_back(trial, error=WORKER_LOST, now=now)]
    if is_queue_empty:
        lost = wanted.filter(status=TrialStatus.PENDING, requested_at__lt=now - grace)
        again += list(lost.exclude(pk__in=again).values_list("pk", flat=True)[:50])
    send(again)
    return len(again)


def lease_from(now: datetime) -> datetime:
    """Return until when a worker that says nothing more is believed to live."""
    return now + timedelta(seconds=settings.EXECUTION_LEASE_SECONDS)


def _held(trial: Trial) -> Any:
    # The count of attempts is the fence: a later attempt has a higher one.
    return Trial.objects.filter(pk=trial.pk, attempts=trial.attempts, status=TrialStatus.RUNNING)


def _enqueue(trial_ids: Iterable[str]) -> None:
    for trial_id in trial_ids:
        async_task("execution.tasks.run_trial", trial_id, save=False, ack_failure=True)


def _require_bars(bars: int) -> None:
    most = settings.TRIAL_BARS_MAX
    if not 1 <= bars <= most:
        raise TrialBarsOutOfBounds(f"bars: {bars} is not 1 to {most}.", field="bars")


def _require_room(user: User) -> None:
    waiting = Trial.objects.filter(
        requested_by=user, purpose=TrialPurpose.AUTHOR, status__in=UNFINISHED_TRIALS
    ).count()
    if waiting >= settings.TRIALS_AT_ONCE:
        raise TooManyTrials(unfinished=waiting, retry_after_seconds=5)


def _record(event: str, trial: Trial, *, acting_user: User, now: datetime) -> None:
    audit.record(
        event,
        trial.version,
        chain=trial.version.script.tenant.slug,
        acting_user=acting_user,
        now=now,
        after={
            "trial": str(trial.pk),
            "instrument": trial.instrument_key,
            "timeframe": trial.timeframe,
            "bars": trial.bars,
            "source_sha256": trial.source_sha256,
        },
    )
