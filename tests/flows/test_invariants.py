"""What always holds, whatever code is written: the numbered invariants of docs/ARCHITECTURE.md.

On the real stack in this process: the spine, the sandbox, the object store, PostgreSQL. That no
execution starts after a revocation, and that it reaches open sockets, is tested with the claims
(tests/execution/test_claims.py), the sockets (tests/streams) and all processes
(tests/flows/test_realtime.py).
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
import pytest
import redis
from botocore.exceptions import ClientError
from django.apps import apps
from django.conf import settings as django_settings
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse

from accounts.audit_verification import first_break
from accounts.models import AuditEvent, Membership, Role, User
from common.http.problems import problem_body
from execution.api.views import failure_of
from execution.models import Execution, ExecutionStatus
from execution.sandbox import supervisor
from execution.sandbox.supervisor import SandboxConfig
from execution.services import isolation, subscriptions
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest, request_run
from execution.services.runs import run_execution
from gateway.models import DataAccess
from market.bars import NewBar
from market.services import replay
from market.services.bars import record_bars, record_history
from registry import queries as registry_queries
from registry import storage
from registry.lifecycle import VersionStatus
from registry.models import ScriptVersion
from registry.services import drafts, entitlements, grantees, publishing, review
from tests import factories
from tests.flows.processes import Platform, wait_until
from tests.market.prices import DAY, FIRST_DAY, LATER, make_instrument, new_bar
from tests.problems import assert_problem, post

pytestmark = pytest.mark.django_db

ON_IBM = RunRequest(instrument_key="IBM")
REVIEWED = 'emit_signal({"value": 1})\n'
OTHER = 'emit_signal({"value": 666})\n'
FUTURE = 666.0
CLOCK = FIRST_DAY + 5 * DAY
HOUR = timedelta(hours=1)


@pytest.fixture
def prices(db: None) -> list[NewBar]:
    """Two instruments by the day and one by the hour; whatever closes after CLOCK reads 666."""
    for key in ("IBM", "MSFT"):
        make_instrument(key)
    daily = [
        new_bar(key, day=day, close=start + day if day < 5 else FUTURE)
        for key, start in (("IBM", 100.0), ("MSFT", 200.0))
        for day in range(8)
    ]
    hourly = [
        new_bar(
            "IBM",
            timeframe="1h",
            opened_at=CLOCK + hour * HOUR,
            close=300.0 - hour if hour < 0 else FUTURE,
        )
        for hour in range(-3, 3)
    ]
    record_history([*daily, *hourly], now=LATER)
    return daily


@pytest.fixture
def version(prices: list[NewBar], ada: User, rita: User) -> ScriptVersion:
    return factories.make_published_version(ada, rita, name="Constant", source=REVIEWED)


def run(version: ScriptVersion, user: User, request: RunRequest = ON_IBM) -> Execution:
    execution = request_run(version.script, request, acting_user=user, now=LATER)
    assert run_execution(str(execution.pk)) is not None
    execution.refresh_from_db()
    return execution


# 1. A published version never changes, and nothing but its bytes runs.


@pytest.mark.parametrize(
    "change",
    [
        "source = source || E'\\n', "
        "source_sha256 = encode(sha256(convert_to(source || E'\\n', 'UTF8')), 'hex')",
        "manifest = '{}'",
        "version = '9.9.9'",
        "approved_sha256 = repeat('0', 64)",
        "object_key = 'scripts/elsewhere'",
        "status = 'draft'",
    ],
)
def test_raw_sql_cannot_change_a_published_version(change: str, version: ScriptVersion) -> None:
    before = ScriptVersion.objects.values().get()

    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        execute_sql(f"UPDATE registry_scriptversion SET {change} WHERE id = %s", version.pk)
    with pytest.raises(DatabaseError, match="it stays"), transaction.atomic():
        execute_sql("DELETE FROM registry_scriptversion WHERE id = %s", version.pk)

    assert getattr(refused.value.__cause__, "sqlstate", "") == "23001"
    assert ScriptVersion.objects.values().get() == before


def test_a_stored_object_is_written_once(version: ScriptVersion) -> None:
    key = f"{version.object_key}/script.py"

    with pytest.raises(storage.AlreadyStored):
        storage.put_once(key, OTHER.encode(), content_type="text/x-python")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        bucket().put_object(Key=key, Body=OTHER.encode(), IfNoneMatch="*")

    assert storage.fetch(key) == REVIEWED.encode()


@pytest.mark.sandbox
def test_a_tampered_object_runs_nothing_and_says_so(version: ScriptVersion, ada: User) -> None:
    bucket().put_object(Key=f"{version.object_key}/script.py", Body=OTHER.encode())
    execution = request_run(version.script, ON_IBM, acting_user=ada, now=LATER)

    for _ in range(django_settings.EXECUTION_MAX_ATTEMPTS):
        run_execution(str(execution.pk))

    execution.refresh_from_db()
    body = problem_body(failure_of(execution))
    assert execution.status == ExecutionStatus.FAILED
    assert execution.outputs == []
    assert execution.cpu_ms is None
    assert (body["status"], body["code"]) == (503, "source_mismatch")
    assert body["expected_sha256"] == version.approved_sha256
    assert body["found_sha256"] == hashlib.sha256(OTHER.encode()).hexdigest()


@pytest.mark.sandbox
def test_a_tampered_cache_is_not_what_runs(version: ScriptVersion, ada: User) -> None:
    assert run(version, ada).outputs[0]["value"] == 1
    [cached] = Path(django_settings.SCRIPT_CACHE_DIR).rglob("*.py")
    cached.write_text(OTHER)

    assert run(version, ada).outputs[0]["value"] == 1
    assert cached.read_text() == REVIEWED


@pytest.mark.sandbox
def test_a_tampered_cache_and_object_run_nothing(version: ScriptVersion, ada: User) -> None:
    registry_queries.read_source(version)
    [cached] = Path(django_settings.SCRIPT_CACHE_DIR).rglob("*.py")
    cached.write_text(OTHER)
    bucket().put_object(Key=f"{version.object_key}/script.py", Body=OTHER.encode())

    execution = run(version, ada)

    assert execution.status == ExecutionStatus.PENDING
    assert execution.error is not None
    assert execution.error["code"] == "source_mismatch"
    assert execution.outputs == []


# 2. Nothing runs inline.


def test_no_address_but_the_authors_takes_code(browser: Client) -> None:
    reply = browser.get("/api/schema", {"format": "json"})
    schema = json.loads(reply.content) if reply.status_code == 200 else pytest.fail(str(reply))
    takes_code = {
        (method, path.removeprefix("/api/v2"))
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
        if fields_of(operation, schema) & {"source", "code", "script", "strategy_code"}
    }

    assert takes_code == {("post", "/scripts"), ("patch", "/scripts/{script_id}")}


@pytest.mark.parametrize("field", ["source", "code", "script"])
@pytest.mark.parametrize("action", ["execute", "subscribe"])
def test_code_sent_with_a_run_is_refused(
    action: str, field: str, version: ScriptVersion, ada: User
) -> None:
    body = {"instrument": "IBM", field: OTHER}

    reply = post(ada, f"/scripts/{version.script_id}/{action}", body)

    assert_problem(reply, 422, "invalid_input", field)
    assert not Execution.objects.exists()


@pytest.mark.parametrize("stage", ["draft", "submitted", "approved"])
@pytest.mark.parametrize(
    ("named", "status", "code"),
    [({}, 409, "no_published_version"), ({"version": "1.0.0"}, 404, "no_such_version")],
)
def test_what_is_not_published_cannot_be_executed_by_anybody(
    stage: str,
    named: dict[str, str],
    status: int,
    code: str,
    prices: list[NewBar],
    ada: User,
    rita: User,
) -> None:
    unpublished = version_at(stage, ada, rita)

    reply = post(ada, f"/scripts/{unpublished.script_id}/execute", {"instrument": "IBM", **named})

    assert_problem(reply, status, code)
    assert not Execution.objects.exists()


@pytest.mark.sandbox
@pytest.mark.parametrize("stage", ["draft", "submitted", "approved", "withdrawn"])
def test_the_spine_itself_runs_published_versions_only(
    stage: str, prices: list[NewBar], ada: User, rita: User
) -> None:
    stored = version_at(stage, ada, rita)
    execution = Execution.objects.create(
        kind="onetime",
        version=stored,
        user=ada,
        instrument_key="IBM",
        timeframe="1d",
        params_sha256="",
        as_of=LATER,
        created_at=LATER,
    )

    run_execution(str(execution.pk))

    execution.refresh_from_db()
    assert execution.status == ExecutionStatus.CANCELLED
    assert execution.outcome == "version_not_runnable"
    assert execution.started_at is None
    assert problem_body(failure_of(execution))["status"] == 409


def test_an_execution_without_a_version_is_refused_by_the_database(
    version: ScriptVersion, ada: User
) -> None:
    execution = request_run(version.script, ON_IBM, acting_user=ada, now=LATER)

    with pytest.raises(IntegrityError, match="version_id"), transaction.atomic():
        execute_sql("UPDATE execution_execution SET version_id = NULL WHERE id = %s", execution.pk)


# 3. A script reads only through the gateway, as of its clock, and every read is recorded.

EVERY_READ = """
frames = {
    "own": get_market_data(bars=5000),
    "one": get_market_data(bars=1),
    "other": get_market_data("MSFT", bars=5000),
    "hourly": get_market_data(timeframe="1h", bars=5000),
}
emit_signal({
    "value": get_metric("close"),
    "metric": get_metric("close", "MSFT"),
    **{name: frame["close"].tolist() for name, frame in frames.items()},
})
"""


@pytest.mark.sandbox
@pytest.mark.parametrize("seconds", [0, 1, 3599])
def test_no_read_sees_past_the_clock_and_each_is_recorded_with_its_digest(
    seconds: int, prices: list[NewBar], ada: User, rita: User
) -> None:
    clock = CLOCK + timedelta(seconds=seconds)
    reading = factories.make_published_version(ada, rita, source=EVERY_READ)

    execution = run(reading, ada, RunRequest(instrument_key="IBM", as_of=clock))

    assert execution.outcome == "ok", execution.error
    [output] = execution.outputs
    ibm, msft = ([start + day for day in range(5)] for start in (100.0, 200.0))
    hourly = [303.0, 302.0, 301.0]
    assert output["value"] == ibm[-1]
    assert output["metadata"] == {
        "metric": msft[-1],
        "own": ibm,
        "one": ibm[-1:],
        "other": msft,
        "hourly": hourly,
    }
    days, hours = [FIRST_DAY + n * DAY for n in range(5)], [CLOCK - n * HOUR for n in (3, 2, 1)]
    expected = [
        digest_of_bars(days, ibm),
        digest_of_bars(days[-1:], ibm[-1:]),
        digest_of_bars(days, msft),
        digest_of_bars(hours, hourly),
        digest_of_json(ibm[-1]),
        digest_of_json(msft[-1]),
    ]
    reads = DataAccess.objects.filter(execution_id=execution.pk).order_by("position")
    assert [read.sha256 for read in reads] == expected
    assert {read.as_of for read in reads} == {clock}
    assert {read.user for read in reads} == {ada}


@pytest.mark.sandbox
def test_the_history_of_a_dependency_ends_at_the_clock_too(
    prices: list[NewBar], ada: User, rita: User
) -> None:
    inner = factories.make_published_version(
        ada, rita, source='emit_signal({"value": float(get_market_data()["close"].iloc[-1])})\n'
    )
    outer = factories.make_published_version(
        ada,
        rita,
        source=f'seen = get_script_output("{inner.script_id}", history=1000)\n'
        'emit_signal({"value": len(seen), "seen": seen})\n',
        manifest={"depends_on": [inner.reference]},
    )
    subscriptions.subscribe(outer.script, ON_IBM, acting_user=ada, now=LATER)
    for day in (8, 9, 10):
        record_bars([new_bar("IBM", day=day, close=100.0 + day)], now=LATER)
        run_markets([("IBM", "1d")], now=LATER)
    waiting = list(outer.executions.order_by("bar_opened_at").values_list("pk", flat=True))
    for pk in inner.executions.order_by("bar_opened_at").values_list("pk", flat=True):
        run_execution(str(pk))

    run_execution(str(waiting[0]))
    run_execution(str(waiting[1]))

    middle = Execution.objects.get(pk=waiting[1])
    [output] = middle.outputs
    seen = output["metadata"]["seen"]
    assert [entry["value"] for entry in seen] == [108.0, 109.0]
    assert [entry["value"] for entry in stored_values(inner)] == [108.0, 109.0, 110.0]
    read = DataAccess.objects.get(execution_id=middle.pk)
    assert (read.kind, read.rows) == ("script_output", 2)
    assert read.sha256 == digest_of_json(seen)
    assert read.as_of == middle.as_of


@pytest.mark.sandbox
def test_undeclared_not_entitled_foreign_and_unknown_scripts_look_the_same(
    version: ScriptVersion, ada: User, rita: User, mallory: User
) -> None:
    trent = factories.make_user(
        "trent", tenant=mallory.memberships.all()[0].tenant, roles=[Role.REVIEWER]
    )
    alan = factories.make_user("alan", tenant=version.script.tenant, roles=[Role.AUTHOR])
    asked = [
        str(version.script_id),
        str(factories.make_published_version(alan, rita).script_id),
        str(factories.make_published_version(mallory, trent).script_id),
        "0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10",
        "no id at all",
    ]
    curious = factories.make_published_version(
        ada,
        rita,
        source="words = []\n"
        f"for name in {asked!r}:\n"
        "    for history in (0, 5):\n"
        "        try:\n"
        "            get_script_output(name, history=history)\n"
        "        except PermissionError as error:\n"
        '            words.append(str(error).replace(repr(name), "NAME"))\n'
        'emit_signal({"value": len(words), "words": words})\n',
    )

    execution = run(curious, ada)

    [output] = execution.outputs
    assert output["value"] == 2 * len(asked)
    assert len(set(output["metadata"]["words"])) == 1
    assert "NAME" in output["metadata"]["words"][0]
    refusals = DataAccess.objects.filter(execution_id=execution.pk)
    assert [read.refusal for read in refusals] == ["not_readable"] * 2 * len(asked)
    assert {(read.sha256, read.rows) for read in refusals} == {("", 0)}


@pytest.mark.sandbox
def test_a_script_has_no_other_way_to_data(prices: list[NewBar], ada: User, rita: User) -> None:
    for attempt in (
        'open("/etc/passwd").read()',
        'pd.read_csv("/etc/passwd")',
        "__import__('socket')",
        'pd.read_sql("SELECT 1", "postgres://127.0.0.1/")',
    ):
        trying = factories.make_published_version(ada, rita, source=f"x = {attempt}\n")

        execution = run(trying, ada)

        assert execution.status == ExecutionStatus.FAILED
        assert execution.outputs == []
        assert not DataAccess.objects.filter(execution_id=execution.pk).exists()


# 5. No execution on a machine whose isolation is not proven.


@pytest.fixture
def open_wall(redis_client: redis.Redis) -> Iterator[str]:
    """Let this process's sandbox stand without one wall, which is named."""
    layer = "landlock_files"
    supervisor.configure(SandboxConfig(profile="host", turned_off=frozenset({layer}), pool_size=0))
    yield layer
    # As every process is configured when it starts.
    apps.get_app_config("execution").ready()


@pytest.mark.sandbox
def test_without_a_proven_wall_nothing_is_claimed(
    open_wall: str, version: ScriptVersion, ada: User
) -> None:
    execution = request_run(version.script, ON_IBM, acting_user=ada, now=LATER)
    before = Execution.objects.values().get()

    with pytest.raises(isolation.IsolationNotProven) as refused:
        run_execution(str(execution.pk))

    assert open_wall in refused.value.details["missing"]
    assert Execution.objects.values().get() == before
    assert before["status"] == ExecutionStatus.PENDING


@pytest.mark.sandbox
def test_without_a_proven_worker_a_request_is_refused_and_the_wall_is_named(
    open_wall: str, version: ScriptVersion, ada: User, browser: Client
) -> None:
    isolation.publish_report()

    reply = post(ada, f"/scripts/{version.script_id}/execute", {"instrument": "IBM"})
    health = browser.get("/health")

    body = assert_problem(reply, 503, "isolation_not_proven")
    assert open_wall in body["missing"]
    assert reply["Retry-After"]
    assert not Execution.objects.exists()
    assert health.status_code == 503
    assert open_wall in health.json()["checks"]["sandbox"]["detail"]


@pytest.mark.sandbox
def test_one_proven_machine_is_enough_for_requests(
    open_wall: str, version: ScriptVersion, ada: User
) -> None:
    isolation.publish_report()
    isolation.store_report("another-machine", {"ok": True, "layers": {}})

    execution = request_run(version.script, ON_IBM, acting_user=ada, now=LATER)

    assert execution.status == ExecutionStatus.PENDING


@pytest.mark.sandbox
@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_cannot_prove_a_wall_takes_nothing(
    version: ScriptVersion,
    ada: User,
    browser: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    redis_client: redis.Redis,
) -> None:
    # Nobody has network namespaces in this profile.
    monkeypatch.setenv("SANDBOX_PROFILE", "container")
    monkeypatch.setenv("SANDBOX_REQUIRED_LAYERS", "seccomp,network_namespace")
    execution = request_run(version.script, ON_IBM, acting_user=ada, now=LATER)
    platform = Platform(tmp_path)
    log = platform.log_of("worker")

    platform.start("worker")
    try:
        wait_until(lambda: "isolation_not_proven" in log(), what="the worker's word", log=log)
        wait_until(lambda: bool(isolation.known_reports()), what="the worker's report", log=log)
        health = browser.get("/health")
    finally:
        platform.stop()

    execution.refresh_from_db()
    assert execution.status == ExecutionStatus.PENDING
    assert execution.attempts == 0
    assert "cluster_started" not in log()
    assert health.status_code == 503
    assert "network_namespace" in health.json()["checks"]["sandbox"]["detail"]
    assert "seccomp" not in health.json()["checks"]["sandbox"]["detail"]


# 9. Every change of consequence has an actor, a time and a row; nobody approves their own.


def test_every_step_of_a_versions_life_is_in_the_trail(ada: User, rita: User) -> None:
    at = [LATER + timedelta(minutes=minute) for minute in range(9)]
    draft = factories.make_draft(ada, name="RSI", source=REVIEWED, now=at[0])
    drafts.edit_draft(draft.script, source=REVIEWED + "\n", acting_user=ada, now=at[1])
    draft.refresh_from_db()
    review.submit_for_review(draft, acting_user=ada, now=at[2])
    review.request_changes(draft, note="Say why.", acting_user=rita, now=at[3])
    review.submit_for_review(draft, release_note="Because.", acting_user=ada, now=at[4])
    factories.approve(draft, rita, now=at[5])
    publishing.publish_version(draft, acting_user=ada, now=at[6])
    publishing.deprecate_version(draft, note="Old.", acting_user=ada, now=at[7])
    publishing.withdraw_version(draft, note="Wrong.", acting_user=rita, now=at[8])

    trail = AuditEvent.objects.filter(object_id=str(draft.pk)).order_by("position")
    assert [row.at for row in trail] == at
    assert [(row.event, row.actor, row.before.get("status"), row.reason) for row in trail] == [
        ("draft_created", ada, None, ""),
        ("draft_edited", ada, None, ""),
        ("version_submitted", ada, "draft", "First version."),
        ("version_changes_requested", rita, "submitted", "Say why."),
        ("version_submitted", ada, "changes_requested", "Because."),
        ("version_approved", rita, "submitted", ""),
        ("version_published", ada, "approved", "Because."),
        ("version_deprecated", ada, "published", "Old."),
        ("version_withdrawn", rita, "deprecated", "Wrong."),
    ]
    for row in trail[2:]:
        assert row.after["status"] == row.event.removeprefix("version_")
        assert row.after["source_sha256"] == draft.source_sha256
    assert_chain_holds("alpha-desk", events=9)


def test_every_change_of_a_right_is_in_the_trail(
    version: ScriptVersion, ada: User, olga: User, sam: User
) -> None:
    at = [LATER + timedelta(minutes=minute) for minute in range(4)]
    script = version.script
    entitlements.grant(script, sam, reason="Paid.", acting_user=ada, now=at[0])
    made, _ = subscriptions.subscribe(script, ON_IBM, acting_user=sam, now=at[1])
    subscriptions.unsubscribe(str(made.pk), acting_user=sam, now=at[2])
    entitlements.revoke(script, sam, reason="Over.", acting_user=olga, now=at[3])

    trail = list(AuditEvent.objects.order_by("-position")[:4])[::-1]
    assert [(row.event, row.actor, row.at, row.reason) for row in trail] == [
        ("entitlement_granted", ada, at[0], "Paid."),
        ("subscribed", sam, at[1], ""),
        ("unsubscribed", sam, at[2], ""),
        ("entitlement_revoked", olga, at[3], "Over."),
    ]
    granted, subscribed, unsubscribed, revoked = trail
    assert (granted.before, granted.after["user"]) == ({}, "sam")
    assert (subscribed.before, subscribed.after["instrument"]) == ({}, "IBM")
    assert unsubscribed.before["instrument"] == "IBM"
    assert unsubscribed.after == {"ended_at": at[2].isoformat()}
    assert revoked.before == {"script": str(script.pk), "user": "sam"}
    assert revoked.after == {"revoked_at": at[3].isoformat()}
    assert_chain_holds("alpha-desk", events=8)


@pytest.mark.usefixtures("platform_house")
def test_a_change_of_pace_is_in_the_trail(olga: User, db: None) -> None:
    feed = replay.prepare_us_equities(bars_per_second=1, acting_user=None, now=LATER)

    replay.set_pace(feed, 4, acting_user=olga, now=LATER + HOUR)

    prepared, changed = AuditEvent.objects.order_by("position")
    assert (prepared.actor, prepared.actor_name) == (None, "the platform")
    assert (changed.event, changed.actor, changed.at) == ("replay_pace_set", olga, LATER + HOUR)
    assert changed.before["bars_per_second"] == 1
    assert changed.after["bars_per_second"] == 4
    assert_chain_holds(changed.chain, events=2)


def test_a_change_that_fails_leaves_no_row_of_the_trail(
    version: ScriptVersion, sam: User, ada: User
) -> None:
    before = AuditEvent.objects.count()

    with pytest.raises(grantees.NoEntitlement):
        entitlements.revoke(version.script, sam, acting_user=ada, now=LATER)
    with pytest.raises(publishing.AlreadyPublished):
        publishing.publish_version(version, acting_user=ada, now=LATER)

    assert AuditEvent.objects.count() == before


def test_the_trail_cannot_be_rewritten(version: ScriptVersion) -> None:
    before = list(AuditEvent.objects.values())

    for statement in (
        "UPDATE accounts_auditevent SET actor_name = 'nobody'",
        "UPDATE accounts_auditevent SET at = now()",
        "DELETE FROM accounts_auditevent",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            execute_sql(statement)

    assert list(AuditEvent.objects.values()) == before
    assert_chain_holds("alpha-desk", events=4)


@pytest.fixture
def own_submitted(ada: User, tenant: Any) -> ScriptVersion:
    """Let ada, who may review, and who administers everything, hand in a version of her own."""
    for role in (Role.REVIEWER, Role.ADMIN):
        Membership.objects.create(tenant=tenant, user=ada, role=role)
    User.objects.filter(pk=ada.pk).update(is_superuser=True)
    ada.refresh_from_db()
    return factories.make_submitted_version(ada)


def test_no_service_lets_anybody_approve_their_own(own_submitted: ScriptVersion, ada: User) -> None:
    with pytest.raises(review.ReviewerIsAuthor):
        factories.approve(own_submitted, ada)

    assert_still_submitted(own_submitted)


def test_no_address_lets_anybody_approve_their_own(own_submitted: ScriptVersion, ada: User) -> None:
    read = factories.as_read(own_submitted)

    reply = post(ada, f"/scripts/{own_submitted.script_id}/approve", read)

    assert_problem(reply, 403, "reviewer_is_author")
    assert_still_submitted(own_submitted)


def test_no_page_lets_anybody_approve_their_own(
    own_submitted: ScriptVersion, ada: User, browser: Client
) -> None:
    browser.force_login(ada)
    step = reverse("admin:registry_scriptversion_step", args=[own_submitted.pk, "approve"])
    pressed = {
        "source_sha256": own_submitted.source_sha256,
        "manifest_sha256": own_submitted.manifest_sha256,
        "confirmed": "yes",
    }

    page = browser.post(step, pressed, follow=True)

    assert "nobody approves their own version" in page.content.decode()
    assert_still_submitted(own_submitted)


def test_no_sql_lets_anybody_approve_their_own(own_submitted: ScriptVersion, ada: User) -> None:
    approve = (
        "UPDATE registry_scriptversion SET status = 'approved', approved_by_id = author_id, "
        "approved_at = now(), approved_sha256 = source_sha256 WHERE id = %s"
    )

    with (
        pytest.raises(IntegrityError, match="nobody_approves_their_own_version"),
        transaction.atomic(),
    ):
        execute_sql(approve, own_submitted.pk)
    with pytest.raises(DatabaseError, match="cannot change"), transaction.atomic():
        execute_sql(
            "UPDATE registry_scriptversion SET author_id = author_id + 1 WHERE id = %s",
            own_submitted.pk,
        )

    assert_still_submitted(own_submitted)


def execute_sql(statement: str, *values: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def bucket() -> Any:
    store = boto3.session.Session().resource(
        "s3",
        endpoint_url=django_settings.S3_ENDPOINT,
        region_name=django_settings.S3_REGION,
        aws_access_key_id=django_settings.S3_ACCESS_KEY,
        aws_secret_access_key=django_settings.S3_SECRET_KEY,
    )
    return store.Bucket(django_settings.S3_BUCKET)


def version_at(stage: str, author: User, reviewer: User) -> ScriptVersion:
    if stage == "draft":
        return factories.make_draft(author)
    if stage == "submitted":
        return factories.make_submitted_version(author)
    if stage == "approved":
        return factories.make_approved_version(author, reviewer)
    version = factories.make_published_version(author, reviewer)
    return publishing.withdraw_version(version, note="Wrong.", acting_user=author, now=LATER)


def fields_of(operation: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """Return the names of the fields that an operation takes in its body."""
    contents = operation.get("requestBody", {}).get("content", {}).values()
    names: set[str] = set()
    for content in contents:
        shape = content["schema"]
        if "$ref" in shape:
            shape = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
        names |= set(shape.get("properties", {}))
    return names


def digest_of_bars(opened_at: list[datetime], closes: list[float]) -> str:
    """Recompute the digest of a read of bars from the numbers alone, without numpy."""
    content = b"".join(struct.pack("<q", int(at.timestamp()) * 10**9) for at in opened_at)
    columns = {
        "open": closes,
        "high": [close + 1 for close in closes],
        "low": [close - 1 for close in closes],
        "close": closes,
        "volume": [1000.0] * len(closes),
    }
    for name, values in columns.items():
        content += name.encode() + b"".join(struct.pack("<d", value) for value in values)
    return hashlib.sha256(content).hexdigest()


def digest_of_json(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def stored_values(version: ScriptVersion) -> list[dict[str, Any]]:
    """Return the outputs of a version's executions in the order of their bars."""
    runs = version.executions.order_by("bar_opened_at")
    return [output for execution in runs for output in execution.outputs]


def assert_chain_holds(chain: str, *, events: int) -> None:
    assert AuditEvent.objects.filter(chain=chain).count() == events
    assert first_break(chain) is None
    assert not AuditEvent.objects.filter(chain=chain, actor=None).exclude(actor_name="the platform")


def assert_still_submitted(version: ScriptVersion) -> None:
    version.refresh_from_db()
    assert version.status == VersionStatus.SUBMITTED
    assert version.approved_by is None
    assert not AuditEvent.objects.filter(event="version_approved").exists()
