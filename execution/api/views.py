"""Run a script once, subscribe to it, ask how a run went."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent, idempotent_by_service
from common.clock import utc_now
from common.errors import SignalHubError
from common.http.openapi import describe
from common.http.serializers import StrictSerializer
from execution import held, queries
from execution.api import refusals, serializers
from execution.api.refusals import RunFailed, RunNotPossible
from execution.models import Execution, ExecutionStatus, Subscription, Trigger
from execution.scheduling.schedules import Schedule
from execution.services import claims, requests, results, subscriptions
from registry import access
from registry import queries as registry_queries
from streams.models import Stream

NEXT = {Trigger.BAR: "bar", Trigger.TICK: "tick", Trigger.SCHEDULE: "instant of its schedule"}
NEXT_RUNS_SHOWN = 3
STATUS_PATH = "/api/v2/signals/execution/status/"


#: Everything else is a fault of the script.
FAILURES: dict[str, type[SignalHubError]] = {
    "infrastructure": RunNotPossible,
    requests.NoWorkerAnswered.code: RunNotPossible,
    access.NotEntitled.code: access.NotEntitled,
    claims.NOT_RUNNABLE["code"]: registry_queries.VersionWithdrawn,
    claims.SUSPENDED["code"]: registry_queries.VersionSuspended,
    held.Held.code: held.Held,
}


class ExecuteScriptView(APIView):
    @describe(
        request=serializers.ExecuteRequest,
        responses=serializers.ExecuteReply,
        raises=refusals.EXECUTING,
    )
    @idempotent_by_service
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Run a published script once and answer with its output.

        403 or 404 before anything runs when the caller may not; 422 with ``field`` for a bad
        request; 422 with ``line`` when the script itself fails; 504 when no worker is free.
        """
        script = access.require_visible(request.user, script_id, at=utc_now())
        execution = requests.request_run(
            script,
            _run_request(request, serializers.ExecuteRequest),
            acting_user=request.user,
            now=utc_now(),
        )
        if not execution.is_finished:
            execution = requests.wait_for(execution, now=utc_now())
        location = {"Location": STATUS_PATH + execution.execution_id}
        if execution.status != ExecutionStatus.COMPLETED:
            raise failure_of(execution)
        result = results.result_of(execution, at=utc_now())
        return Response(serializers.execute_reply(execution, result), headers=location)


class SubscribeView(APIView):
    @describe(
        request=serializers.SubscribeRequest,
        responses=serializers.SubscribeReply,
        raises=refusals.SUBSCRIBING,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Run a script on every bar of an instrument and stream its outputs.

        With the trigger ``tick`` it runs on every tick, and what it puts out is not confirmed; with
        ``schedule`` at the instants of five fields of cron, read in a time zone.
        """
        script = access.require_visible(request.user, script_id, at=utc_now())
        run_request, setting = _subscribe_request(request)
        subscription, stream = subscriptions.subscribe(
            script, run_request, setting=setting, acting_user=request.user, now=utc_now()
        )
        return Response(_subscribed(subscription, stream))


class SubscriptionView(APIView):
    @describe(responses={204: None}, raises=(subscriptions.NoSuchSubscription,))
    def delete(self, request: AuthenticatedRequest, subscription_id: UUID) -> Response:
        """End one of your own subscriptions."""
        subscriptions.unsubscribe(str(subscription_id), acting_user=request.user, now=utc_now())
        return Response(status=204)


class ExecutionStatusView(APIView):
    #: Contract: the words of the status field, from ours.
    WORDS: ClassVar[dict[str, str]] = {
        ExecutionStatus.WAITING: "pending",
        ExecutionStatus.PENDING: "pending",
        ExecutionStatus.RUNNING: "running",
        ExecutionStatus.COMPLETED: "completed",
        ExecutionStatus.FAILED: "failed",
        ExecutionStatus.CANCELLED: "failed",
    }

    @describe(responses=serializers.StatusReply)
    def get(self, request: AuthenticatedRequest, execution_id: str) -> Response:
        """Say how a run of yours stands; somebody else's and an unknown one are ``not_found``."""
        execution = queries.own_execution(execution_id, user=request.user)
        if execution is None:
            return Response(
                {
                    "execution_id": execution_id,
                    "status": "not_found",
                    "message": "You have no execution with this id",
                    "updated_at": utc_now(),
                }
            )
        return Response(self._body(execution))

    def _body(self, execution: Execution) -> dict[str, Any]:
        body: dict[str, Any] = {
            "execution_id": execution.execution_id,
            "status": self.WORDS[execution.status],
            "message": execution.outcome or execution.get_status_display(),
            "updated_at": execution.finished_at or execution.started_at or execution.created_at,
        }
        if execution.started_at:
            body["started_at"] = execution.started_at
        if execution.error:
            body["error"] = execution.error
        return body


def failure_of(execution: Execution) -> SignalHubError:
    """Return the error that tells a caller why a run has no result."""
    error = dict(execution.error or {})
    message = error.pop("message", None)
    code = error.pop("code", execution.outcome)
    kind = FAILURES.get(execution.outcome, RunFailed)
    failure = kind(message, **error, execution_id=execution.execution_id)
    failure.code = code  # type: ignore[misc]  # the run's own code says more than the category
    return failure


def _subscribed(subscription: Subscription, stream: Stream) -> dict[str, Any]:
    nearest = NEXT[Trigger(subscription.trigger)]
    body: dict[str, Any] = {
        "success": True,
        "message": f"Subscribed; outputs arrive on the stream from the next {nearest} on",
        "subscription_id": subscription.pk,
        "stream_keys": [stream.key],
        "websocket_path": "/ws/",
    }
    if subscription.schedule:
        schedule = Schedule.read(subscription.schedule)
        body["next_runs"] = schedule.coming(NEXT_RUNS_SHOWN, after=utc_now())
    return body


def _subscribe_request(
    request: AuthenticatedRequest,
) -> tuple[requests.RunRequest, subscriptions.Setting]:
    data = _validated(request, serializers.SubscribeRequest)
    named = {name: data.pop(name) for name in ("trigger", "schedule", "zone") if name in data}
    return _asked(request, data), subscriptions.Setting(**named)


def _run_request(
    request: AuthenticatedRequest, shape: type[StrictSerializer]
) -> requests.RunRequest:
    return _asked(request, _validated(request, shape))


def _validated(request: AuthenticatedRequest, shape: type[StrictSerializer]) -> dict[str, Any]:
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _asked(request: AuthenticatedRequest, data: dict[str, Any]) -> requests.RunRequest:
    return requests.RunRequest(
        instrument_key=data.pop("instrument"),
        idempotency_key=request.headers.get("Idempotency-Key"),
        **data,
    )
