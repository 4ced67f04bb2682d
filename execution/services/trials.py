"""Trials: a version's snapshot run over history, asked for and cancelled here.

Who runs one holds it by ``trial_leases``, and does so in ``trial_runs``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task

from accounts import audit
from accounts.models import User
from common.errors import Conflict, Forbidden, InvalidInput, NotFound, RateLimited
from execution import held
from execution.models import UNFINISHED_TRIALS, Trial, TrialPurpose, TrialStatus
from execution.scheduling.load_shedding import Priority
from execution.services import admission, isolation
from execution.services.requests import require_params
from gateway import reads
from registry import access
from registry.models import ScriptVersion
from registry.queries import VersionSuspended

BARS_DEFAULT = 250


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
    Held
        An operator has stopped runs of the script, or on the instrument.
    Shed
        The platform is loaded, and trying things out can wait.
    """
    _require_may_begin(version, instrument_key, acting_user=acting_user)
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


def _require_may_begin(version: ScriptVersion, instrument_key: str, *, acting_user: User) -> None:
    admission.admit(Priority.LOW)
    require_may_try(version, acting_user)
    if version.is_suspended:
        raise VersionSuspended
    held.require_not_held(version.script, instrument_key)


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


def send_next() -> None:
    """Hand over the trial that has waited longest, now that there is a place for it."""
    waiting = Trial.objects.filter(status=TrialStatus.PENDING, purpose=TrialPurpose.AUTHOR)
    send(list(waiting.order_by("pk").values_list("pk", flat=True)[:1]))


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
