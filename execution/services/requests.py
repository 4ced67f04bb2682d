"""Ask for one run: every check that can be made before anything is started, then a queued row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from common.canonical import NotStorable, digest, storable_json
from common.errors import InvalidInput, Unavailable
from common.idempotency_keys import IdempotencyKeyReused, require_usable_key
from execution import queue, validation
from execution.models import Execution, ExecutionKind
from execution.services import claims, dependencies, isolation
from execution.services.limits import limits_of
from gateway import reads
from registry import access
from registry import queries as registry_queries
from registry.models import Script, ScriptVersion


class ClockInTheFuture(InvalidInput):
    """as_of may not lie in the future."""

    code = "clock_in_the_future"


class ParamsTooLarge(InvalidInput):
    """The params are larger than allowed."""

    code = "params_too_large"


class ParamsNotStorable(InvalidInput):
    """params: only text without NUL, finite numbers, true, false, null, lists and objects."""

    code = "params_not_storable"


class StillRunning(Unavailable):
    """The run takes longer than a caller is kept waiting; it goes on, and its status tells more."""

    code = "still_running"
    http_status = 504


class NoWorkerAnswered(Unavailable):
    """No worker took the run in time; it was cancelled and nothing was run. Try again."""

    code = "no_worker_answered"
    http_status = 504


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """What somebody asks to be run."""

    instrument_key: str
    timeframe: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    version: str | None = None
    as_of: datetime | None = None
    idempotency_key: str | None = None


def request_run(
    script: Script, request: RunRequest, *, acting_user: User, now: datetime
) -> Execution:
    """Check everything, then create and queue a one-time execution.

    Raises
    ------
    NotEntitled, DependencyNotAccessible
        Before any row exists: a refused caller starts nothing.
    UnknownInstrument, ParamsDoNotMatchSchema, ClockInTheFuture
        Naming the field.
    """
    version = require_runnable(script, request.version, user=acting_user, at=now)
    if request.idempotency_key is not None:
        require_usable_key(request.idempotency_key)
    timeframe = require_market(request, version)
    params = require_params(version, request.params)
    as_of = _clock(request, timeframe, now=now)
    isolation.require_a_proven_worker()
    return _create(version, request, timeframe, params, as_of, acting_user=acting_user, now=now)


def wait_for(execution: Execution, *, now: datetime) -> Execution:
    """Wait for a worker to finish an execution.

    Raises
    ------
    NoWorkerAnswered
        Nobody took it in time; it was cancelled, so that it cannot run unseen later.
    StillRunning
        Somebody took it, and it is not done yet.
    """
    seconds = settings.EXECUTION_REPLY_SECONDS
    if not queue.wait_until_done(execution.pk, seconds=seconds):
        if claims.cancel_pending(execution, now=now, outcome=NoWorkerAnswered.code):
            # Nothing ran, so whoever tries again with the same key is to get a run.
            Execution.objects.filter(pk=execution.pk).update(idempotency_key=None)
            raise NoWorkerAnswered(execution_id=execution.execution_id, retry_after_seconds=5)
        # It is running: its own wall limit is near, so one more wait of that length is enough.
        limits = limits_of(execution.user)
        queue.wait_until_done(execution.pk, seconds=limits.wall_seconds)
    execution.refresh_from_db()
    if not execution.is_finished:
        raise StillRunning(execution_id=execution.execution_id, retry_after_seconds=5)
    return execution


def require_runnable(
    script: Script, wanted: str | None, *, user: User, at: datetime
) -> ScriptVersion:
    """Return the published version to run, after the user's right to it and all it needs.

    Neither it nor anything it needs is suspended.
    """
    access.require_access(user, script, at=at)
    version = registry_queries.published_version(script, wanted)
    dependencies.require_accessible(version, user=user, at=at)
    dependencies.require_unsuspended(version)
    return version


def require_market(request: RunRequest, version: ScriptVersion) -> str:
    """Return the timeframe of a request after checking it and the instrument."""
    timeframe = request.timeframe or version.timeframe
    reads.require_market(request.instrument_key, timeframe)
    return timeframe


def require_params(version: ScriptVersion, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the params after checking their size and the version's input schema."""
    try:
        encoded = storable_json(params)
    except NotStorable:
        raise ParamsNotStorable(field="params") from None
    if len(encoded) > settings.PARAMS_MAX_BYTES:
        raise ParamsTooLarge(
            f"params: at most {settings.PARAMS_MAX_BYTES} bytes of JSON.", field="params"
        )
    validation.validate_params(params, version.input_schema)
    return dict(params)


def _clock(request: RunRequest, timeframe: str, *, now: datetime) -> datetime:
    if request.as_of is not None and request.as_of > now:
        raise ClockInTheFuture(field="as_of")
    # Without a clock of its own, a run stands at the close of the newest bar there is.
    return request.as_of or reads.newest_close(request.instrument_key, timeframe) or now


def _create(
    version: ScriptVersion,
    request: RunRequest,
    timeframe: str,
    params: dict[str, Any],
    as_of: datetime,
    *,
    acting_user: User,
    now: datetime,
) -> Execution:
    values = {
        "kind": ExecutionKind.ONETIME,
        "version": version,
        "user": acting_user,
        "instrument_key": request.instrument_key,
        "timeframe": timeframe,
        "params": params,
        "params_sha256": digest(params),
        "as_of": as_of,
    }
    try:
        with transaction.atomic():
            execution = Execution.objects.create(
                **values, idempotency_key=request.idempotency_key, created_at=now
            )
            queue.send([execution], now=now)
            return execution
    except IntegrityError:
        if request.idempotency_key is None:
            raise
        return _first_with_same_key(request, values, acting_user=acting_user)


def _first_with_same_key(
    request: RunRequest, values: dict[str, Any], *, acting_user: User
) -> Execution:
    first = Execution.objects.get(user=acting_user, idempotency_key=request.idempotency_key)
    compared = ["version", "instrument_key", "timeframe", "params"]
    if request.as_of is not None:  # otherwise it is the newest bar's close, which moves on
        compared.append("as_of")
    same = all(getattr(first, name) == values[name] for name in compared)
    if not same:
        raise IdempotencyKeyReused(field="Idempotency-Key")
    return first
