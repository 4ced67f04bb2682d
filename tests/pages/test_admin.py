"""The admin's first page: the order of the apps, and the numbers above them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import RequestFactory

from accounts.models import User
from common.clock import utc_now
from execution.models import Execution
from registry.models import Script
from signalhub.admin_overview import Card, Machine, Wall, cards
from signalhub.admin_site import APP_NAMES
from tests import factories
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.django_db


def card(user: User, title: str, machines: list[Machine] | None = None) -> Card:
    lists = {"registry.ScriptVersion": "/versions/"}
    found = cards(user, machines or [], lists, now=utc_now())
    return next(each for each in found if each.title == title)


def fail_an_execution(script: Script) -> None:
    now = utc_now()
    version = script.versions.get()
    Execution.objects.create(
        kind="onetime",
        version=version,
        user=script.owner,
        instrument_key="IBM",
        timeframe="1d",
        as_of=now,
        status="failed",
        outcome="error",
        created_at=now,
        finished_at=now,
    )


def machine(*, proven: bool) -> Machine:
    wall = Wall(name="seccomp", required=True, proven=proven, detail="", remedy="")
    return Machine(name="one", profile="host", ok=proven, quarantined_at="", layers=[wall])


def test_apps_stand_in_the_order_of_the_work(
    olga: User, signed_in: SignIn, rf: RequestFactory
) -> None:
    reply = signed_in(olga).get("/admin/")

    names = [app["name"] for app in reply.context["app_list"]]
    known = [name for name in APP_NAMES.values() if name in names]
    assert names[: len(known)] == known
    assert names[0] == "Scripts"


def test_what_waits_for_review_is_counted_and_linked(ada: User, rita: User) -> None:
    factories.make_submitted_version(ada)

    waiting = card(rita, "Waiting for review")

    assert (waiting.value, waiting.tone) == ("1", "warn")
    assert waiting.url == "/versions/?status__exact=submitted"


def test_another_house_counts_only_its_own(ada: User, script: Script, mallory: User) -> None:
    factories.make_submitted_version(ada)
    fail_an_execution(script)

    assert card(mallory, "Waiting for review").value == "0"
    assert card(mallory, "Failures, last hour").value == "0"
    assert card(ada, "Failures, last hour").value == "1"


def test_a_failure_counts_for_an_hour(ada: User, script: Script) -> None:
    fail_an_execution(script)
    Execution.objects.update(finished_at=utc_now() - timedelta(minutes=61))

    assert card(ada, "Failures, last hour").value == "0"


def test_a_list_that_somebody_may_not_open_is_not_linked(ada: User) -> None:
    assert card(ada, "Executions a minute").url == ""


def test_the_sandbox_says_what_is_proven(olga: User) -> None:
    assert card(olga, "Sandbox").tone == "warn"
    assert card(olga, "Sandbox", [machine(proven=True)]).value == "1 walls"
    assert card(olga, "Sandbox", [machine(proven=False)]).tone == "bad"


@pytest.mark.parametrize("person", ["ada", "rita", "olga", "mallory"])
def test_everybody_on_the_staff_gets_an_overview(
    person: str, request: pytest.FixtureRequest, signed_in: SignIn
) -> None:
    reply = signed_in(request.getfixturevalue(person)).get("/admin/")

    assert reply.status_code == 200
    assert "Waiting for review" in reply.content.decode()
