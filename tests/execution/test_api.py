"""Runs and subscriptions over HTTP: shapes, statuses, and whose business they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from common.http.problems import problem_body
from execution.api.views import failure_of
from execution.models import Execution, ExecutionStatus, Subscription
from execution.services import claims
from execution.services.requests import RunRequest, request_run
from market.bars import NewBar
from registry.models import Script, ScriptVersion
from registry.services import entitlements
from tests import factories
from tests.execution.queue_worker import working
from tests.problems import as_user, assert_problem, post

PERIOD = {
    "type": "object",
    "properties": {"period": {"type": "integer", "minimum": 2}},
    "additionalProperties": True,
}
SOURCE = 'log("counted")\nemit_signal({"value": len(get_market_data()), "unit": "bars"})\n'
STATUS = "/api/v2/signals/execution/status/"
ON_IBM: dict[str, Any] = {"instrument": "IBM"}


@pytest.fixture
def version(ada: User, rita: User, sam: User, three_sessions: list[NewBar]) -> ScriptVersion:
    """Publish ada's script, open to sam."""
    published = factories.make_published_version(
        ada, rita, name="Bar count", source=SOURCE, manifest={"input_schema": PERIOD}
    )
    factories.make_entitlement(published.script, sam)
    return published


@pytest.fixture
def script(version: ScriptVersion) -> Script:
    return version.script


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    with working():
        yield


@pytest.mark.sandbox
@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("prefix", ["", "/api/v2"])
def test_a_run_answers_with_its_output_its_log_and_its_cost(
    prefix: str, script: Script, sam: User, three_sessions: list[NewBar]
) -> None:
    reply = post(sam, f"{prefix}/scripts/{script.pk}/execute", ON_IBM)

    body = reply.json()
    close = three_sessions[-1].closes_at.isoformat()
    output = {"value": 3, "timestamp": close, "metadata": {"unit": "bars"}}
    assert reply.status_code == 200, body
    assert set(body.pop("usage")) == {
        "duration_ms",
        "cpu_ms",
        "memory_mb",
        "page_faults",
        "bytes_out",
        "exit",
        "calls",
    }
    assert body == {
        "success": True,
        "message": "Execution completed",
        "execution_id": Execution.objects.get().execution_id,
        "script_id": str(script.pk),
        "version": "1.0.0",
        "instrument": "IBM",
        "timeframe": "1d",
        "as_of": close.replace("+00:00", "Z"),
        "output": output,
        "outputs": [output],
        "log": ["counted"],
    }


@pytest.mark.sandbox
@pytest.mark.usefixtures("worker")
def test_a_run_has_an_id_that_says_who_and_what_and_is_unique(script: Script, sam: User) -> None:
    first, second = (
        post(sam, f"/scripts/{script.pk}/execute", ON_IBM).json()["execution_id"] for _ in range(2)
    )

    assert first.startswith(f"exec_personal_{sam.pk}_{script.pk}_")
    assert first < second


@pytest.mark.sandbox
@pytest.mark.usefixtures("worker")
def test_a_run_names_where_its_status_is(script: Script, sam: User) -> None:
    reply = post(sam, f"/scripts/{script.pk}/execute", ON_IBM)

    status = as_user(sam).get(reply["Location"])
    assert reply["Location"] == STATUS + reply.json()["execution_id"]
    assert status.status_code == 200
    assert set(status.json()) == {
        "execution_id",
        "status",
        "message",
        "started_at",
        "updated_at",
    }
    assert status.json()["status"] == "completed"


@pytest.mark.sandbox
@pytest.mark.usefixtures("worker")
def test_a_run_with_the_same_idempotency_key_is_made_once(script: Script, sam: User) -> None:
    address = f"/scripts/{script.pk}/execute"
    key = {"Idempotency-Key": "monday"}

    first, second = (post(sam, address, ON_IBM, **key) for _ in range(2))
    other = post(sam, address, {**ON_IBM, "params": {"period": 9}}, **key)

    assert first.json() == second.json()
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_key_reused"
    assert other.json()["field"] == "Idempotency-Key"
    assert Execution.objects.count() == 1


@pytest.mark.sandbox
@pytest.mark.usefixtures("worker")
def test_a_run_of_somebody_else_may_have_the_same_key(script: Script, sam: User, ada: User) -> None:
    key = {"Idempotency-Key": "monday"}

    ids = {
        post(user, f"/scripts/{script.pk}/execute", ON_IBM, **key).json()["execution_id"]
        for user in (sam, ada)
    }

    assert len(ids) == 2


@pytest.mark.parametrize("action", ["execute", "subscribe"])
def test_a_request_with_a_field_that_there_is_not_is_refused(
    action: str, script: Script, sam: User
) -> None:
    reply = post(sam, f"/scripts/{script.pk}/{action}", {**ON_IBM, "source": "x = 1"})

    assert_problem(reply, 422, "invalid_input", "source")
    assert "instrument" in reply.json()["detail"]
    assert_nothing_was_made()


@pytest.mark.parametrize("action", ["execute", "subscribe"])
@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_request_of_another_media_type_is_refused(
    action: str, media_type: str, script: Script, sam: User
) -> None:
    reply = as_user(sam).post(
        f"/scripts/{script.pk}/{action}", "instrument=IBM", content_type=media_type
    )

    assert_problem(reply, 415, "unsupported_media_type")
    assert_nothing_was_made()


@pytest.mark.parametrize(
    ("text", "status"),
    [("{", 400), ('{"instrument": NaN}', 400), ("[]", 422), ('"IBM"', 422), ("{}", 422)],
)
def test_a_request_that_is_no_object_with_an_instrument_is_refused(
    text: str, status: int, script: Script, sam: User
) -> None:
    reply = as_user(sam).post(
        f"/scripts/{script.pk}/execute", text, content_type="application/json"
    )

    assert_problem(reply, status)
    assert_nothing_was_made()


@pytest.mark.parametrize(
    "value",
    ['"\\u0000"', '"\\ud800"', "1e999", "-1e999", "9" * 400, '{"\\u0000": 1}', '["a\\u0000"]'],
)
def test_a_request_with_params_that_no_json_store_can_hold_names_them(
    value: str, script: Script, sam: User
) -> None:
    reply = as_user(sam).post(
        f"/scripts/{script.pk}/execute",
        f'{{"instrument": "IBM", "params": {{"note": {value}}}}}',
        content_type="application/json",
    )

    assert_problem(reply, 422, "params_not_storable", "params")
    assert_nothing_was_made()


@pytest.mark.parametrize("key", ["k" * 81, ""])
def test_a_request_with_an_idempotency_key_of_the_wrong_length_names_the_header(
    key: str, script: Script, sam: User
) -> None:
    reply = post(sam, f"/scripts/{script.pk}/execute", ON_IBM, **{"Idempotency-Key": key})

    assert_problem(reply, 422, "invalid_idempotency_key", "Idempotency-Key")
    assert_nothing_was_made()


@pytest.mark.parametrize(
    "as_of", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday", 7]
)
def test_a_request_with_a_clock_that_there_is_not_names_it(
    as_of: Any, script: Script, sam: User
) -> None:
    reply = post(sam, f"/scripts/{script.pk}/execute", {**ON_IBM, "as_of": as_of})

    assert_problem(reply, 422, None, "as_of")
    assert_nothing_was_made()


def test_a_request_without_a_key_is_asked_for_one(script: Script, api: APIClient) -> None:
    reply = api.post(f"/scripts/{script.pk}/execute", ON_IBM, format="json")

    assert_problem(reply, 401, "unauthenticated")
    assert reply["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db(transaction=True)
def test_a_request_that_no_worker_takes_in_time_is_cancelled(
    script: Script, sam: User, settings: Settings
) -> None:
    settings.EXECUTION_REPLY_SECONDS = 0.1

    reply = post(sam, f"/scripts/{script.pk}/execute", ON_IBM)

    assert_problem(reply, 504, "no_worker_answered")
    assert reply["Retry-After"] == "5"
    execution = Execution.objects.get()
    assert execution.status == ExecutionStatus.CANCELLED
    assert execution.started_at is None


@pytest.mark.django_db(transaction=True)
def test_a_request_that_nobody_took_may_be_made_again_with_its_key(
    script: Script, sam: User, settings: Settings, now: datetime
) -> None:
    settings.EXECUTION_REPLY_SECONDS = 0.1
    post(sam, f"/scripts/{script.pk}/execute", ON_IBM, **{"Idempotency-Key": "monday"})

    request = RunRequest(instrument_key="IBM", idempotency_key="monday")
    again = request_run(script, request, acting_user=sam, now=now)

    assert again.status == ExecutionStatus.PENDING
    assert Execution.objects.count() == 2


def test_a_request_whose_right_ended_before_it_started_is_forbidden(
    script: Script, sam: User, ada: User, now: datetime
) -> None:
    execution = queued(script, sam, now)
    entitlements.revoke(script, sam, acting_user=ada, now=now)
    claims.claim(str(execution.pk), now=now)
    execution.refresh_from_db()

    body = problem_body(failure_of(execution))

    assert (body["status"], body["code"]) == (403, "not_entitled")
    assert execution.started_at is None


@pytest.mark.django_db(transaction=True)
def test_a_request_that_is_still_running_says_so_and_is_not_called_a_fault_of_the_script(
    script: Script, sam: User, settings: Settings, now: datetime
) -> None:
    settings.EXECUTION_REPLY_SECONDS = settings.SANDBOX_WALL_SECONDS = 0.1
    key = {"Idempotency-Key": "monday"}
    request = RunRequest(instrument_key="IBM", idempotency_key="monday")
    execution = request_run(script, request, acting_user=sam, now=now)
    assert claims.claim(str(execution.pk), now=now) is not None

    reply = post(sam, f"/scripts/{script.pk}/execute", ON_IBM, **key)

    assert_problem(reply, 504, "still_running")
    assert reply.json()["execution_id"] == execution.execution_id


def test_a_status_is_pending_before_a_worker_takes_the_run(
    script: Script, sam: User, now: datetime
) -> None:
    execution = queued(script, sam, now)

    body = as_user(sam).get(STATUS + execution.execution_id).json()

    assert set(body) == {"execution_id", "status", "message", "updated_at"}
    assert body["status"] == "pending"


def test_a_status_of_a_failed_run_has_its_error(script: Script, sam: User, now: datetime) -> None:
    execution = queued(script, sam, now)
    claimed = claims.claim(str(execution.pk), now=now)
    assert claimed is not None
    error = {"code": "script_raised", "message": "line 3: boom", "line": 3}
    claims.finish(claimed, status=ExecutionStatus.FAILED, outcome="error", now=now, error=error)

    body = as_user(sam).get(STATUS + execution.execution_id).json()

    assert body["status"] == "failed"
    assert body["error"] == error


@pytest.mark.parametrize("somebody", ["ada", "rita", "olga", "mallory"])
def test_a_status_is_the_owners_alone(
    somebody: str,
    script: Script,
    sam: User,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    execution = queued(script, sam, now)
    unknown = f"exec_personal_{sam.pk}_{script.pk}_{uuid4().hex}"
    other = as_user(request.getfixturevalue(somebody))

    foreign, missing = (other.get(STATUS + wanted) for wanted in (execution.execution_id, unknown))

    assert foreign.status_code == missing.status_code == 200
    assert foreign.json()["status"] == "not_found"
    assert told(foreign) == told(missing)


def test_a_status_is_found_by_the_whole_id_only(script: Script, sam: User, now: datetime) -> None:
    execution = queued(script, sam, now)
    wanted = [
        execution.pk.hex,
        str(execution.pk),
        execution.execution_id.replace("personal", "other"),
        execution.execution_id + "0",
        "exec_" + "\x00",
        "é" * 200,
    ]

    found = [as_user(sam).get(STATUS + name).json()["status"] for name in wanted]

    assert found == ["not_found"] * len(wanted)


def test_a_status_needs_somebody_who_asks(script: Script, sam: User, now: datetime) -> None:
    execution = queued(script, sam, now)

    assert APIClient().get(STATUS + execution.execution_id).status_code == 401


@pytest.mark.parametrize("prefix", ["", "/api/v2"])
def test_a_subscription_names_its_stream_and_where_to_listen(
    prefix: str, script: Script, sam: User, ada: User
) -> None:
    reply = post(
        sam, f"{prefix}/scripts/{script.pk}/subscribe", {**ON_IBM, "params": {"period": 9}}
    )

    subscription = Subscription.objects.get()
    assert reply.status_code == 200
    assert reply.json() == {
        "success": True,
        "message": "Subscribed; outputs arrive on the stream from the next bar on",
        "subscription_id": str(subscription.pk),
        "stream_keys": [f"personal:{ada.pk}:{script.pk}:IBM:period-9"],
        "websocket_path": "/ws/",
    }
    assert subscription.user == sam


def test_a_subscription_asked_for_twice_is_one(script: Script, sam: User) -> None:
    first, second = (post(sam, f"/scripts/{script.pk}/subscribe", ON_IBM) for _ in range(2))

    assert first.json() == second.json()
    assert Subscription.objects.count() == 1


def test_a_subscription_ends_once(script: Script, sam: User) -> None:
    made = post(sam, f"/scripts/{script.pk}/subscribe", ON_IBM).json()
    address = f"/subscriptions/{made['subscription_id']}"

    first, second = as_user(sam).delete(address), as_user(sam).delete(address)

    assert first.status_code == 204
    assert_problem(second, 404, "no_such_subscription")
    assert Subscription.objects.get().ended_at is not None


@pytest.mark.parametrize("somebody", ["ada", "olga", "mallory"])
def test_a_subscription_is_ended_by_nobody_else(
    somebody: str, script: Script, sam: User, request: pytest.FixtureRequest
) -> None:
    made = post(sam, f"/scripts/{script.pk}/subscribe", ON_IBM).json()
    other = as_user(request.getfixturevalue(somebody))

    foreign = other.delete(f"/subscriptions/{made['subscription_id']}")
    unknown = other.delete(f"/subscriptions/{uuid4()}")

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["detail"] == unknown.json()["detail"]
    assert Subscription.objects.get().ended_at is None


@pytest.mark.parametrize(("somebody", "status"), [("rita", 403), ("mallory", 404)])
def test_a_subscription_needs_an_entitlement(
    somebody: str, status: int, script: Script, request: pytest.FixtureRequest
) -> None:
    reply = post(request.getfixturevalue(somebody), f"/scripts/{script.pk}/subscribe", ON_IBM)

    assert_problem(reply, status)
    assert_nothing_was_made()


def test_a_subscription_to_a_script_that_runs_on_request_only_is_refused(
    ada: User, rita: User, three_sessions: list[NewBar]
) -> None:
    version = factories.make_published_version(ada, rita, manifest={"runtime_mode": "onetime"})

    reply = post(ada, f"/scripts/{version.script_id}/subscribe", ON_IBM)

    assert_problem(reply, 409, "not_realtime")
    assert_nothing_was_made()


def queued(script: Script, user: User, now: datetime) -> Execution:
    return request_run(script, RunRequest(instrument_key="IBM"), acting_user=user, now=now)


def told(reply: Any) -> set[str]:
    """Return what a status says besides the id that was asked for and the time of day."""
    body = reply.json()
    return {*body, body["status"], body["message"]}


def assert_nothing_was_made() -> None:
    assert not Execution.objects.exists()
    assert not Subscription.objects.exists()
