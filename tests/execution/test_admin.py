"""Executions, subscriptions and plans in the admin: for reading, and each house for itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, Role, Tenant, User
from common.canonical import digest
from execution.models import Execution, ExecutionStatus, RealtimePlan, Subscription
from market.bars import NewBar
from registry.models import Script, ScriptVersion
from streams.models import Stream
from streams.publishing import stream_for
from tests import factories

EXECUTIONS = reverse("admin:execution_execution_changelist")
PAGES = [
    EXECUTIONS,
    reverse("admin:execution_subscription_changelist"),
    reverse("admin:execution_realtimeplan_changelist"),
]
HOSTILE = "<script>alert('canary')</script>&\"'"


@pytest.fixture
def ours(ada: User, rita: User, three_sessions: list[NewBar]) -> Script:
    return factories.make_published_version(ada, rita, name="Ours").script


@pytest.fixture
def theirs(mallory: User, other_tenant: Tenant) -> Script:
    """Publish mallory's script: whatever names it holds the word canary."""
    trent = factories.make_user("trent", tenant=other_tenant, roles=[Role.REVIEWER])
    return factories.make_published_version(mallory, trent, name="Canary secret").script


def current(script: Script) -> ScriptVersion:
    assert script.current_version is not None
    return script.current_version


def make_execution(script: Script, user: User, now: datetime, **fields: Any) -> Execution:
    values: dict[str, Any] = {
        "kind": "onetime",
        "version": current(script),
        "user": user,
        "instrument_key": "IBM",
        "timeframe": "1d",
        "params_sha256": digest({}),
        "as_of": now,
        "status": ExecutionStatus.FAILED,
        "outcome": "error",
        "error": {"code": "script_raised", "message": "line 1: ValueError", "line": 1},
        "created_at": now,
        "finished_at": now,
    }
    return Execution.objects.create(**{**values, **fields})


@pytest.fixture
def foreign(theirs: Script, mallory: User, now: datetime) -> dict[str, Any]:
    """Give the other house a row of every kind, with canaries in all that can hold text."""
    canary = {
        "instrument_key": "CANARY",
        "params": {"note": "canary"},
        "params_sha256": digest({"note": "canary"}),
    }
    execution = make_execution(
        theirs,
        mallory,
        now,
        **canary,
        outcome="canary_outcome",
        error={"code": "canary", "message": "canary", "line": 1},
        outputs=[{"value": "canary"}],
        log=["canary"],
    )
    subscription = Subscription.objects.create(
        script=theirs, user=mallory, timeframe="1d", created_at=now, **canary
    )
    plan = RealtimePlan.objects.create(version=current(theirs), timeframe="1d", **canary)
    return {"execution": execution, "subscription": subscription, "realtimeplan": plan}


@pytest.fixture
def at_olgas(browser: Client, olga: User) -> Client:
    browser.force_login(olga)
    return browser


def shown(client: Client, address: str, **query: str) -> str:
    reply = client.get(address, query, follow=True)
    assert reply.status_code == 200
    return reply.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_list_and_its_filters_show_nothing_of_another_house(
    page: str, foreign: dict[str, Any], ours: Script, ada: User, now: datetime, at_olgas: Client
) -> None:
    make_execution(ours, ada, now)
    Subscription.objects.create(
        script=ours,
        user=ada,
        instrument_key="IBM",
        timeframe="1d",
        params_sha256="",
        created_at=now,
    )
    RealtimePlan.objects.create(
        version=current(ours), instrument_key="IBM", timeframe="1d", params_sha256=""
    )

    text = shown(at_olgas, page)

    assert "Ours" in text
    assert "IBM" in text
    assert_no_canary(text)


@pytest.mark.parametrize(
    "query",
    [
        {"q": "Canary"},
        {"q": "mallory"},
        {"instrument_key": "CANARY"},
        {"instrument_key__exact": "CANARY"},
        {"outcome": "canary_outcome"},
        {"params__note": "canary"},
        {"error__code": "canary"},
        {"user__username": "mallory"},
        {"version__script__tenant__slug": "beta-house"},
        {"o": "5.1"},
        {"p": "2"},
    ],
)
def test_no_search_filter_or_order_leads_to_another_house(
    query: dict[str, str], foreign: dict[str, Any], at_olgas: Client
) -> None:
    reply = at_olgas.get(EXECUTIONS, query, follow=True)

    text = reply.content.decode()
    for asked in query.values():
        text = text.replace(asked, "")
    assert reply.status_code in (200, 400)
    assert str(foreign["execution"].pk) not in text
    assert_no_canary(text)


def test_the_number_of_a_foreign_row_finds_and_opens_nothing(
    foreign: dict[str, Any], at_olgas: Client
) -> None:
    found = shown(at_olgas, EXECUTIONS, q=str(foreign["execution"].pk))
    assert "Canary" not in found

    for kind, row in foreign.items():
        for view in ("change", "history", "delete"):
            address = reverse(f"admin:execution_{kind}_{view}", args=[row.pk])
            reply = at_olgas.get(address)
            assert reply.status_code in (302, 403, 404), address
            assert_no_canary(reply.content.decode())


def test_a_foreign_execution_is_not_run_again(foreign: dict[str, Any], at_olgas: Client) -> None:
    run_again(at_olgas, foreign["execution"])

    foreign["execution"].refresh_from_db()
    assert foreign["execution"].status == ExecutionStatus.FAILED


def test_an_author_sees_the_runs_of_their_own_scripts_only(
    browser: Client, tenant: Tenant, ours: Script, ada: User, rita: User, now: datetime
) -> None:
    alan = factories.make_user("alan", tenant=tenant, roles=[Role.AUTHOR], is_staff=True)
    his = factories.make_published_version(alan, rita, name="Alan's own").script
    row = make_execution(his, alan, now, log=["what only alan may read"])
    make_execution(ours, ada, now)
    browser.force_login(ada)

    listed, page = shown(browser, EXECUTIONS), shown(browser, detail(row))

    assert "Ours" in listed
    assert "Alan" not in listed
    assert "what only alan may read" not in page


def test_people_without_a_role_see_no_executions(
    browser: Client, sam: User, ours: Script, ada: User, now: datetime
) -> None:
    row = make_execution(ours, ada, now)
    User.objects.filter(pk=sam.pk).update(is_staff=True)
    browser.force_login(sam)

    for page in [*PAGES, detail(row)]:
        assert browser.get(page).status_code == 403


def test_an_operator_runs_a_failed_execution_again(
    at_olgas: Client, olga: User, ours: Script, ada: User, now: datetime
) -> None:
    row = make_execution(ours, ada, now, attempts=3)

    chosen = {"action": "run_again", "_selected_action": [row.pk]}
    question = at_olgas.post(EXECUTIONS, chosen).content.decode()
    without_reason = run_again(at_olgas, row, reason=" ")
    row.refresh_from_db()
    assert "Yes, run again" in question
    assert "reason: write something here" in without_reason
    assert row.status == ExecutionStatus.FAILED

    page = run_again(at_olgas, row)

    row.refresh_from_db()
    assert "1 queued again." in page
    assert (row.status, row.outcome, row.error, row.attempts) == ("pending", "", None, 0)
    event = AuditEvent.objects.get(event="execution_run_again")
    assert (event.actor, event.reason) == (olga, "It was mended.")
    assert event.before == {"status": "failed", "outcome": "error"}


def test_what_completed_is_not_run_again_and_the_page_says_why(
    at_olgas: Client, ours: Script, ada: User, now: datetime
) -> None:
    row = make_execution(ours, ada, now, status="completed", outcome="ok", error=None)

    page = run_again(at_olgas, row)

    row.refresh_from_db()
    assert "Only a failed or cancelled execution" in page
    assert row.status == ExecutionStatus.COMPLETED


@pytest.mark.parametrize("somebody", ["ada", "rita"])
def test_only_operators_are_offered_to_run_again(
    somebody: str,
    browser: Client,
    ours: Script,
    ada: User,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    row = make_execution(ours, ada, now)
    browser.force_login(request.getfixturevalue(somebody))

    page = shown(browser, EXECUTIONS)
    run_again(browser, row)

    row.refresh_from_db()
    assert "Ours" in page
    assert "Run again" not in page
    assert row.status == ExecutionStatus.FAILED


def test_nothing_is_added_changed_or_deleted_by_hand(
    at_olgas: Client, ours: Script, ada: User, now: datetime
) -> None:
    row = make_execution(ours, ada, now)
    before = Execution.objects.values().get()

    for kind in ("execution", "subscription", "realtimeplan"):
        assert at_olgas.get(reverse(f"admin:execution_{kind}_add")).status_code == 403
    deleting = reverse("admin:execution_execution_delete", args=[row.pk])
    assert at_olgas.post(detail(row), {"status": "completed"}).status_code == 403
    assert at_olgas.post(deleting, {"post": "yes"}).status_code == 403
    at_olgas.post(EXECUTIONS, {"action": "delete_selected", "_selected_action": [row.pk]})

    assert Execution.objects.values().get() == before
    assert '<input type="text" name="status"' not in shown(at_olgas, detail(row))


def test_hostile_text_is_shown_and_never_run(
    at_olgas: Client, ours: Script, ada: User, now: datetime
) -> None:
    row = make_execution(
        ours,
        ada,
        now,
        outcome=HOSTILE[:40],
        params={HOSTILE: HOSTILE},
        error={"code": HOSTILE, "message": HOSTILE, "line": 1},
        outputs=[{"value": HOSTILE, "metadata": {HOSTILE: [HOSTILE]}}],
        log=[HOSTILE, "</pre>" + HOSTILE],
    )

    pages = [shown(at_olgas, page) for page in (EXECUTIONS, detail(row))]

    for page in pages:
        assert "<script>alert" not in page
        assert "</pre><script" not in page
        assert "&lt;script&gt;alert" in page
    assert pages[1].count("&lt;script&gt;alert") >= 6


def test_an_execution_shows_what_ran_what_came_out_and_what_it_cost(
    at_olgas: Client, ours: Script, ada: User, now: datetime
) -> None:
    row = make_execution(
        ours,
        ada,
        now,
        status="completed",
        outcome="ok",
        error=None,
        outputs=[{"value": 41.5, "timestamp": now.isoformat(), "metadata": {}}],
        log=["counted 3 bars"],
        duration_ms=12.34,
        memory_mb=81.6,
    )

    listed, page = shown(at_olgas, EXECUTIONS), shown(at_olgas, detail(row))

    assert "12.3" in listed
    assert "82" in listed
    assert row.execution_id in page
    assert "41.5" in page
    assert "counted 3 bars" in page


def test_a_list_takes_the_same_number_of_queries_however_long_it_is(
    at_olgas: Client, ours: Script, ada: User, now: datetime
) -> None:
    make_execution(ours, ada, now)
    shown(at_olgas, EXECUTIONS)
    with CaptureQueriesContext(connection) as of_one:
        shown(at_olgas, EXECUTIONS)
    for _ in range(5):
        make_execution(ours, ada, now)
    with CaptureQueriesContext(connection) as of_six:
        shown(at_olgas, EXECUTIONS)

    assert len(of_six) == len(of_one)


def test_a_stream_is_linked_by_its_key(
    at_olgas: Client, ours: Script, ada: User, now: datetime
) -> None:
    stream: Stream = stream_for(ours, "IBM", "1d", {})
    row = make_execution(ours, ada, now, stream=stream)

    assert stream.key in shown(at_olgas, detail(row))


def detail(row: Execution) -> str:
    return reverse("admin:execution_execution_change", args=[row.pk])


def run_again(client: Client, row: Execution, **more: str) -> str:
    chosen = {"action": "run_again", "_selected_action": [row.pk]}
    said = {"confirmed": "yes", "reason": "It was mended.", **more}
    reply: Any = client.post(EXECUTIONS, {**chosen, **said}, follow=True)
    return str(reply.content.decode())


def assert_no_canary(text: str) -> None:
    assert "canary" not in text.lower()
    assert "mallory" not in text
