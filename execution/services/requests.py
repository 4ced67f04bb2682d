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
from execution import held, queue, validation
from execution.models import Execution, ExecutionKind
from execution.services import claims, dependencies, isolation, quotas
from execution.services.limits import limits_of
from gateway import reads
from registry import access
from registry import queries as registry_queries
from registry.models import ProductSubscription, Script, ScriptVersion, UsePurpose
from registry.product_access import product_subscription_of
from registry.services.usage import record_use
from streams.models import Stream


class ClockInTheFuture(InvalidInput):
    """as_of may not lie in the future."""

    code = "clock_in_the_future"


class ParamsTooLarge(InvalidInput):
    """The params are larger than allowed."""

    code = "params_too_large"


class ParamsNotStorable(InvalidInput):
    """params: text without NUL, numbers of a double's range, true, false, null, lists, objects."""

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


@dataclass(frozen=True, kw_only=True)
class CheckedRun:
    """A request of which everything was checked that can be before it runs."""

    request: RunRequest
    version: ScriptVersion
    timeframe: str
    params: dict[str, Any]
    as_of: datetime


@transaction.atomic
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
    checked = check_request(script, request, acting_user=acting_user, now=now)
    right = product_subscription_of(acting_user.pk, script.pk, at=now)
    return create_run(checked, product_subscription=right, acting_user=acting_user, now=now)


def check_request(
    script: Script, request: RunRequest, *, acting_user: User, now: datetime
) -> CheckedRun:
    """Return a request with what it leaves open filled in, or raise what is wrong with it."""
    version = require_runnable(script, request.version, user=acting_user, at=now)
    held.require_not_held(script, request.instrument_key)
    if request.idempotency_key is not None:
        require_usable_key(request.idempotency_key)
    timeframe = require_market(request, version)
    params = require_params(version, request.params)
    as_of = _clock(request, timeframe, now=now)
    isolation.require_a_proven_worker()
    return CheckedRun(
        request=request, version=version, timeframe=timeframe, params=params, as_of=as_of
    )


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


def create_run(
    checked: CheckedRun,
    *,
    stream: Stream | None = None,
    product_subscription: ProductSubscription | None = None,
    acting_user: User,
    now: datetime,
) -> Execution:
    """Create and queue a one-time execution, or return the one asked for with the same key before.

    With a stream, its outputs are published there. What rests on a product is counted as a use.

    Raises
    ------
    QueueFull, TooManyWaiting, TooManyExecutions
        Before any row exists. A request that was made before is answered all the same.
    """
    key = checked.request.idempotency_key
    if run_with_key(key, user=acting_user) is None:
        quotas.require_room(checked.version.script, user=acting_user)
    try:
        return _created(
            checked,
            stream=stream,
            product_subscription=product_subscription,
            acting_user=acting_user,
            now=now,
        )
    except IntegrityError:
        if key is None:
            raise
        first = run_with_key(key, user=acting_user)
        if first is None:
            raise
        _require_same_request(first, checked, stream, product_subscription)
        return first


@transaction.atomic
def _created(
    checked: CheckedRun,
    *,
    stream: Stream | None,
    product_subscription: ProductSubscription | None,
    acting_user: User,
    now: datetime,
) -> Execution:
    execution = Execution.objects.create(
        kind=ExecutionKind.ONETIME,
        user=acting_user,
        version=checked.version,
        instrument_key=checked.request.instrument_key,
        timeframe=checked.timeframe,
        params=checked.params,
        params_sha256=digest(checked.params),
        as_of=checked.as_of,
        stream=stream,
        product_subscription=product_subscription,
        idempotency_key=checked.request.idempotency_key,
        created_at=now,
    )
    if product_subscription is not None:
        record_use(product_subscription, UsePurpose.EXECUTE, now=now)
    queue.send([execution], now=now)
    return execution


def run_with_key(key: str | None, *, user: User) -> Execution | None:
    """Return what a user asked for with an idempotency key before, or None."""
    if key is None:
        return None
    executions = Execution.objects.select_related(
        "version__script", "stream", "product_subscription__product"
    )
    return executions.filter(user=user, idempotency_key=key).first()


def _require_same_request(
    first: Execution,
    checked: CheckedRun,
    stream: Stream | None,
    product_subscription: ProductSubscription | None,
) -> None:
    same = (
        first.version_id == checked.version.pk
        and first.instrument_key == checked.request.instrument_key
        and first.timeframe == checked.timeframe
        and first.params == checked.params
        # Without one it is the newest bar's close, which moves on.
        and checked.request.as_of in (None, first.as_of)
        and first.stream_id == (stream and stream.pk)
        and first.product_subscription_id == (product_subscription and product_subscription.pk)
    )
    if not same:
        raise IdempotencyKeyReused(field="Idempotency-Key")
