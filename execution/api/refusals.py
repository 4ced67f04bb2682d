"""What each request for a run can be refused with or fail with, for the API's document."""

from __future__ import annotations

from common.errors import ScriptFault, Unavailable
from common.http.openapi import Leaf
from execution import held, validation
from execution.scheduling import schedules
from execution.services import (
    background,
    dependencies,
    faults,
    isolation,
    quotas,
    requests,
    subscriptions,
)
from gateway import sources
from registry import access, queries
from registry.execution_tokens import ExecutionTokenNotValid
from streams import keys, publishing


class RunFailed(ScriptFault):
    """The run ended without a result."""

    code = "run_failed"


class RunNotPossible(Unavailable):
    """The run could not be made; it was our fault, not the script's."""

    code = "run_not_possible"


RUNNABLE: tuple[Leaf, ...] = (
    access.NoSuchScript,
    access.NotEntitled,
    access.TierTooLow,
    access.DependencyNotAccessible,
    queries.NoPublishedVersion,
    queries.VersionSuspended,
    dependencies.DependencySuspended,
    sources.InvalidRead,
    requests.ParamsTooLarge,
    requests.ParamsNotStorable,
    validation.ParamsDoNotMatchSchema,
)
ROOM: tuple[Leaf, ...] = (quotas.QueueFull, quotas.TooManyWaiting, quotas.TooManyExecutions)
EXECUTING: tuple[Leaf, ...] = (
    *RUNNABLE,
    *ROOM,
    held.Held,
    queries.NoSuchVersion,
    queries.VersionWithdrawn,
    requests.ClockInTheFuture,
    isolation.IsolationNotProven,
    *faults.FAULTS.values(),
    validation.OutputRejected,
    validation.OutputFromTheFuture,
    dependencies.DependencyUnavailable,
    RunFailed,
    RunNotPossible,
    requests.NoWorkerAnswered,
    requests.StillRunning,
)
SUBSCRIBING: tuple[Leaf, ...] = (
    *RUNNABLE,
    subscriptions.NotRealtime,
    quotas.TooManySubscriptions,
    subscriptions.InvalidTrigger,
    schedules.InvalidSchedule,
    schedules.UnknownTimeZone,
    keys.ParamNotInKey,
    publishing.StreamKeyTooLong,
)
STARTING: tuple[Leaf, ...] = (
    *RUNNABLE,
    *ROOM,
    held.Held,
    isolation.IsolationNotProven,
    keys.ParamNotInKey,
    publishing.StreamKeyTooLong,
)
RUNNING_OWN: tuple[Leaf, ...] = (*STARTING, background.NotYourScript)
RUNNING_PRODUCT: tuple[Leaf, ...] = (*STARTING, ExecutionTokenNotValid)
