"""Holds over HTTP and in the admin: shown before they happen, and for operators only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import AuditEvent, User
from execution import held
from execution.models import Hold
from execution.services.requests import RunRequest, request_run
from execution.services.subscriptions import subscribe
from market.bars import NewBar
from registry.models import ScriptVersion
from tests import factories

pytestmark = pytest.mark.django_db

HOLDS = "/api/v2/admin/holds"
LIST = reverse("admin:execution_hold_changelist")
PLACE = reverse("admin:execution_hold_add")
ON_IBM = RunRequest(instrument_key="IBM")
REASON = "It floods <everybody>."


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar], now: datetime) -> ScriptVersion:
    version = factories.make_published_version(ada, rita, name="Flood")
    subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    request_run(version.script, ON_IBM, acting_user=ada, now=now)
    return version


def form(version: ScriptVersion, **more: str) -> dict[str, str]:
    return {"kind": "script", "target": str(version.script_id), "reason": REASON, **more}


def test_an_operator_holds_and_lifts_over_http(
    api: APIClient, version: ScriptVersion, olga: User, ada: User
) -> None:
    api.force_authenticate(olga)

    placed = api.post(HOLDS, form(version), format="json")
    refused = _execute(version, ada)
    listed = api.get(HOLDS).json()
    too_long = api.delete(f"{placed['Location']}?reason={'x' * 1001}")
    assert len(held.active_holds()) == 1
    lifted = api.delete(f"{placed['Location']}?reason=It+was+mended.")

    assert too_long.status_code == 422
    assert AuditEvent.objects.get(event="hold_lifted").reason == "It was mended."
    assert placed.status_code == 201
    reach = {"plans": 0, "subscribers": 1, "running": 0, "waiting": 1, "trials": 0}
    assert placed.json()["reach"] == reach
    assert (refused.status_code, refused.json()["code"]) == (409, "held")
    assert "Ask olga" in refused.json()["detail"]
    assert REASON not in refused.content.decode()
    assert [row["hold_id"] for row in listed["results"]] == [placed.json()["hold_id"]]
    assert lifted.status_code == 204
    assert held.active_holds() == []


def _execute(version: ScriptVersion, user: User) -> Any:
    caller = APIClient()
    caller.force_authenticate(user)
    return caller.post(f"/scripts/{version.script_id}/execute", {"instrument": "IBM"}, "json")


def test_nobody_else_holds_lifts_or_lists_over_http(
    api: APIClient, version: ScriptVersion, olga: User, ada: User, mallory: User
) -> None:
    api.force_authenticate(olga)
    at = api.post(HOLDS, form(version), format="json")["Location"]

    api.force_authenticate(ada)
    of_author = [api.get(HOLDS), api.post(HOLDS, form(version), "json"), api.delete(at)]
    api.force_authenticate(mallory)
    of_stranger = [api.get(HOLDS), api.post(HOLDS, form(version), "json"), api.delete(at)]

    assert [answer.status_code for answer in of_author] == [403, 403, 404]
    assert [answer.status_code for answer in of_stranger] == [200, 404, 404]
    assert of_stranger[0].json()["results"] == []


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"kind": "galaxy"}, 422),
        ({"reason": "   "}, 422),
        ({"reason": None}, 422),
        ({"target": "not-a-script"}, 404),
        ({"kind": "instrument", "target": "NONE"}, 422),
        ({"kind": "everything"}, 403),
        ({"target": "a\0b"}, 422),
    ],
)
def test_what_is_wrong_with_a_hold_is_told_and_nothing_is_stopped(
    wrong: dict[str, Any], status: int, api: APIClient, version: ScriptVersion, olga: User
) -> None:
    api.force_authenticate(olga)

    answer = api.post(HOLDS, {**form(version), **wrong}, format="json")

    assert answer.status_code == status, answer.content
    assert not Hold.objects.exists()


def test_the_page_shows_what_a_hold_reaches_before_it_is_placed(
    client: Client, version: ScriptVersion, olga: User
) -> None:
    client.force_login(olga)

    asked = client.post(PLACE, form(version)).content.decode()
    assert not Hold.objects.exists()
    done = client.post(PLACE, form(version, confirmed="yes"), follow=True).content.decode()

    assert "<strong>1</strong> waiting run" in asked
    assert "of <strong>1</strong> subscriber" in asked
    assert "It floods &lt;everybody&gt;." in asked
    assert "On hold: script Flood." in done
    assert "It floods &lt;everybody&gt;." in done
    assert [hold.placed_by for hold in held.active_holds()] == [olga]


def test_a_hold_is_lifted_after_a_question(
    client: Client, version: ScriptVersion, olga: User
) -> None:
    client.force_login(olga)
    client.post(PLACE, form(version, confirmed="yes"))
    page = reverse("admin:execution_hold_lift", args=[Hold.objects.get().pk])

    question = client.get(page).content.decode()
    assert len(held.active_holds()) == 1
    client.post(page, {"reason": "It was mended."})

    assert 'name="reason"' in question
    assert AuditEvent.objects.get(event="hold_lifted").reason == "It was mended."
    assert "Let script Flood run again?" in question
    assert held.active_holds() == []


def test_mistakes_are_told_beside_the_field(
    client: Client, version: ScriptVersion, olga: User
) -> None:
    client.force_login(olga)

    page = client.post(PLACE, form(version, target="nothing")).content.decode()

    assert "There is no such house, author, script or instrument" in page
    assert not Hold.objects.exists()


def test_the_pages_are_for_operators_of_what_is_held(
    client: Client, version: ScriptVersion, olga: User, ada: User, mallory: User
) -> None:
    client.force_login(olga)
    client.post(PLACE, form(version, confirmed="yes"))
    lift = reverse("admin:execution_hold_lift", args=[Hold.objects.get().pk])

    client.force_login(ada)
    of_author = [client.get(page).status_code for page in (LIST, PLACE, lift)]
    client.force_login(mallory)
    of_stranger = [client.get(page).status_code for page in (LIST, PLACE, lift)]
    listed = client.get(LIST).content.decode()

    assert of_author == [403, 403, 404]
    assert of_stranger == [200, 200, 404]
    assert "Flood" not in listed
