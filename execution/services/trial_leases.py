"""Who runs a trial, until when, and whose result counts.

The row is the job, as with executions: its status and its count of attempts are the fence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from common.canonical import digest
from execution import held
from execution.models import UNFINISHED_TRIALS, Hold, Trial, TrialPurpose, TrialStatus
from execution.services.trials import send

WORKER_LOST = {"code": "worker_lost", "message": "The worker that ran this went away."}


@transaction.atomic
def claim_trial(trial_id: UUID | str, *, now: datetime) -> Trial | None:
    """Take a pending trial, or return None when there is nothing to run, or it is held."""
    held.lock_for_starting()
    trial = (
        Trial.objects.select_for_update(of=("self",))
        .select_related("version__script__tenant", "requested_by__tier")
        .filter(pk=trial_id, status=TrialStatus.PENDING)
        .first()
    )
    if trial is None:
        return None
    hold = held.hold_on(trial.version.script, trial.instrument_key)
    if hold is not None:
        end_trials_as_held([trial.pk], hold, now=now)
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
    updated = _mine(trial).update(bars_done=bars_done, lease_until=lease_from(now))
    return bool(updated)


def finish_trial(trial: Trial, *, status: TrialStatus, now: datetime, **found: Any) -> bool:
    """Write the end of an attempt; one that was cancelled or taken over changes nothing."""
    if "outputs" in found:
        found["outputs_sha256"] = digest(found["outputs"])
    updated = _mine(trial).update(status=status, finished_at=now, lease_until=None, **found)
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
    again = _mine(trial).update(status=TrialStatus.PENDING, lease_until=None, error=error)
    return bool(again)


def end_trials_as_held(trial_ids: Iterable[UUID], hold: Hold, *, now: datetime) -> int:
    """End trials that are not done, also those that run, because of a hold; return how many."""
    told = held.told_of(hold)
    unfinished = Trial.objects.filter(pk__in=list(trial_ids), status__in=UNFINISHED_TRIALS)
    return unfinished.update(
        status=TrialStatus.CANCELLED,
        finished_at=now,
        lease_until=None,
        error={"line": None, **told},
    )


def was_ended(trial: Trial) -> bool:
    """Tell whether somebody ended a running trial, or took it over."""
    later = Q(status=TrialStatus.CANCELLED) | Q(attempts__gt=trial.attempts)
    return Trial.objects.filter(later, pk=trial.pk).exists()


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


def _mine(trial: Trial) -> Any:
    # The count of attempts is the fence: a later attempt has a higher one.
    return Trial.objects.filter(pk=trial.pk, attempts=trial.attempts, status=TrialStatus.RUNNING)
