"""What the admin's lists show: to whom, found how, and in which words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, Tenant, User
from common.clock import utc_now
from execution.models import Execution
from gateway.models import DataAccess
from market.models import Instrument, ReplayFeed
from market.services import replay
from registry.models import Script
from tests import factories
from tests.pages.conftest import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house")]
EXECUTIONS = reverse("admin:execution_execution_changelist")
AUDIT = reverse("admin:accounts_auditevent_changelist")
LISTS = (
    "execution_execution",
    "execution_subscription",
    "execution_realtimeplan",
    "streams_stream",
    "streams_output",
    "registry_script",
    "registry_scriptversion",
)


def run(script: Script, *, status: str = "completed", outcome: str = "ok") -> Execution:
    now = utc_now()
    return Execution.objects.create(
        kind="onetime",
        version=script.versions.get(),
        user=script.owner,
        instrument_key="IBM",
        timeframe="1d",
        params={"period": 21},
        as_of=now,
        status=status,
        outcome=outcome,
        error={"code": "script_timed_out", "message": "It ran for 2 s.", "line": 7}
        if outcome == "timeout"
        else None,
        created_at=now,
        finished_at=now,
        duration_ms=12.25,
    )


def text_of(client: Client, address: str, **query: str) -> str:
    return client.get(address, query).content.decode()


def rows(client: Client, address: str, **query: str) -> list[Any]:
    return list(client.get(address, query).context["cl"].result_list)


def test_executions_are_found_by_outcome_script_and_instrument(
    olga: User, script: Script, instrument: Instrument, signed_in: SignIn
) -> None:
    good, late = run(script), run(script, status="failed", outcome="timeout")
    desk = signed_in(olga)

    assert rows(desk, EXECUTIONS, outcome="not-ok") == [late]
    assert rows(desk, EXECUTIONS, outcome="timeout") == [late]
    assert rows(desk, EXECUTIONS, outcome="ok") == [good]
    assert rows(desk, EXECUTIONS, script=str(script.pk)) == [late, good]
    assert rows(desk, EXECUTIONS, script="no id at all") == [late, good]
    assert rows(desk, EXECUTIONS, instrument="IBM") == [late, good]
    Execution.objects.update(instrument_key="MSFT")
    assert rows(desk, EXECUTIONS, instrument="IBM") == []


def test_an_execution_is_found_by_the_id_that_its_caller_was_given(
    olga: User, script: Script, signed_in: SignIn
) -> None:
    wanted = run(script)
    run(script)
    desk = signed_in(olga)

    assert rows(desk, EXECUTIONS, q=wanted.execution_id) == [wanted]
    assert rows(desk, EXECUTIONS, q=str(wanted.pk)) == [wanted]
    assert len(rows(desk, EXECUTIONS, q="Relative")) == 2


def test_the_page_of_an_execution_says_what_went_wrong_and_where(
    olga: User, script: Script, signed_in: SignIn
) -> None:
    late = run(script, status="failed", outcome="timeout")

    page = text_of(signed_in(olga), reverse("admin:execution_execution_change", args=[late.pk]))

    assert "It ran for 2 s. (script_timed_out, line 7)" in page
    assert "period 21" in page
    assert "12.2 ms on the clock" in page
    assert f"?execution_id={late.pk}" in page
    assert ">Close<" not in page


def test_what_an_execution_read_is_one_click_away(
    olga: User, script: Script, signed_in: SignIn
) -> None:
    execution, now = run(script), utc_now()
    DataAccess.objects.create(
        execution_id=execution.pk,
        position=1,
        user=script.owner,
        kind="market_data",
        request={"instrument_key": None, "bars": 21},
        rows=21,
        sha256="0" * 64,
        as_of=now,
        at=now,
    )
    address = reverse("admin:gateway_dataaccess_changelist")
    desk = signed_in(olga)

    assert "bars 21" in text_of(desk, address, execution_id=str(execution.pk))
    assert len(rows(desk, address, q=execution.execution_id)) == 1
    assert rows(desk, address, q=str(script.pk)) == []


def test_an_author_sees_the_executions_of_own_scripts_only(
    ada: User, script: Script, signed_in: SignIn
) -> None:
    run(script)
    alan = User.objects.create_user("alan", is_staff=True)
    Membership.objects.create(user=alan, tenant=script.tenant, role=Role.AUTHOR)

    assert len(rows(signed_in(ada), EXECUTIONS)) == 1
    assert rows(signed_in(alan), EXECUTIONS) == []


@pytest.mark.parametrize("model", LISTS)
def test_another_house_finds_no_name_of_this_one(
    model: str, mallory: User, stream: Any, script: Script, signed_in: SignIn
) -> None:
    run(script)

    page = text_of(signed_in(mallory), reverse(f"admin:{model}_changelist"))

    assert script.name not in page
    assert str(script.pk) not in page


def test_a_role_in_one_house_opens_no_list_of_another(
    olga: User, script: Script, signed_in: SignIn
) -> None:
    # Operator of a house that comes first by name, and a mere subscriber in the script's.
    run(script)
    Membership.objects.filter(user=olga).update(role=Role.SUBSCRIBER)
    first = Tenant.objects.create(slug="aardvark", name="Aardvark")
    Membership.objects.create(user=olga, tenant=first, role=Role.OPERATOR)
    factories.make_entitlement(script, olga)
    desk = signed_in(olga)

    for model in (*LISTS, "gateway_dataaccess", "accounts_auditevent"):
        assert script.name not in text_of(desk, reverse(f"admin:{model}_changelist")), model
    assert rows(desk, EXECUTIONS) == []


def test_an_operator_reads_the_trail_of_the_own_house_and_of_the_platform(
    olga: User, mallory: User, script: Script, signed_in: SignIn
) -> None:
    factories.make_draft(mallory, name="Theirs")
    feed(olga)
    desk = signed_in(olga)

    chains = {event.chain for event in rows(desk, AUDIT)}
    assert chains == {script.tenant.slug, "platform"}
    published = rows(desk, AUDIT, event="version_published")
    page = text_of(desk, reverse("admin:accounts_auditevent_change", args=[published[0].pk]))
    assert "version published" in page
    assert "script version" in page


def test_an_operator_of_another_house_reads_nothing_of_this_ones_trail(
    mallory: User, script: Script, signed_in: SignIn
) -> None:
    assert script.tenant.slug not in {event.chain for event in rows(signed_in(mallory), AUDIT)}


@pytest.mark.parametrize("name", ["ada", "rita"])
def test_nobody_else_reads_the_trail(
    name: str, request: pytest.FixtureRequest, script: Script, signed_in: SignIn
) -> None:
    client = signed_in(request.getfixturevalue(name))

    assert client.get(AUDIT).status_code == 403
    assert AUDIT not in text_of(client, reverse("admin:index"))


def test_a_page_leads_to_its_own_history(olga: User, script: Script, signed_in: SignIn) -> None:
    desk = signed_in(olga)
    page = text_of(desk, reverse("admin:registry_script_change", args=[script.pk]))
    assert f"{AUDIT}?object_id={script.pk}" in page

    version = script.versions.get()
    events = {event.event for event in rows(desk, AUDIT, object_id=str(version.pk))}

    assert {"draft_created", "version_submitted", "version_published"} <= events


def test_the_first_page_tells_what_one_changed_last(
    ada: User, rita: User, script: Script, signed_in: SignIn
) -> None:
    assert "version approved" in text_of(signed_in(rita), reverse("admin:index"))
    assert "version approved" not in text_of(signed_in(ada), reverse("admin:index"))


def test_a_feed_says_in_a_word_how_it_stands(olga: User, signed_in: SignIn) -> None:
    demo = feed(olga)
    address = reverse("admin:market_replayfeed_changelist")
    desk = signed_in(olga)
    assert "playing" in text_of(desk, address)

    desk.post(address, {"action": "pause", "_selected_action": str(demo.pk)})

    assert '<td class="field-state">paused</td>' in text_of(desk, address)
    assert "resume" in text_of(desk, address)


def feed(operator: User) -> ReplayFeed:
    now = utc_now()
    made = ReplayFeed.objects.create(
        name="demo",
        instruments=["IBM"],
        starts_at=now,
        as_of=now + timedelta(days=1),
        bars_per_second=1,
        sessions_total=10,
        updated_at=now,
    )
    return replay.set_pace(made, 2, acting_user=operator, now=now)
