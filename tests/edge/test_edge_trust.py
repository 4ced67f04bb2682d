"""The API behind a gateway: it alone is believed, and believed no more than the database."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Role, User
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now
from registry.models import Script
from tests.edge.conftest import GATEWAY, NEXT_SECRET, SECRET, AsGateway
from tests.factories import SOURCE, make_draft, make_user
from tests.problems import assert_problem

pytestmark = pytest.mark.django_db
DIRECT = "Direct service access is forbidden. Requests must be routed through API Gateway."


def names(reply: Any) -> list[str]:
    assert reply.status_code == 200, reply.content
    return [script["name"] for script in reply.json()["results"]]


def test_the_gateway_asks_for_a_user_and_gets_what_is_theirs(
    as_gateway: AsGateway, ada: User, mallory: User
) -> None:
    make_draft(ada, name="Of ada")
    make_draft(mallory, name="Of mallory")

    assert names(as_gateway(ada)) == ["Of ada"]
    assert names(as_gateway(mallory)) == ["Of mallory"]
    assert names(as_gateway(ada, secret=NEXT_SECRET)) == ["Of ada"]
    assert names(as_gateway(ada, peer="fd00:5::17")) == ["Of ada"]
    assert names(as_gateway(ada, peer=f"::ffff:{GATEWAY}")) == ["Of ada"]


@pytest.mark.parametrize(
    "secret",
    [None, "", "wrong", SECRET[:-1], f"{SECRET},{SECRET}", SECRET.upper(), "ü" * 40, "x" * 60_000],
)
def test_without_the_gateways_secret_the_answer_is_the_contracts(
    as_gateway: AsGateway, ada: User, secret: str | None
) -> None:
    problem = assert_problem(as_gateway(ada, secret=secret), 403, "direct_access_forbidden")

    assert problem["detail"] == DIRECT


@pytest.mark.parametrize("peer", ["10.2.0.1", "127.0.0.1", "fd00:6::1", "", "no address"])
def test_from_another_network_not_even_the_secret_helps(
    as_gateway: AsGateway, ada: User, peer: str
) -> None:
    assert_problem(as_gateway(ada, peer=peer), 403, "direct_access_forbidden")


def test_an_address_in_a_header_is_believed_of_our_own_proxies_alone(
    as_gateway: AsGateway, edge: Settings, ada: User
) -> None:
    def status(peer: str, forwarded: str) -> int:
        reply = as_gateway(ada, peer=peer, headers={"X-Forwarded-For": forwarded})
        return int(reply.status_code)

    assert status("192.0.2.9", GATEWAY) == 403

    edge.TRUSTED_PROXIES = ["192.0.2.9", "192.0.2.10"]

    assert status("192.0.2.9", GATEWAY) == 200
    assert status("192.0.2.9", f"{GATEWAY}, 192.0.2.10") == 200
    assert status("192.0.2.9", f"{GATEWAY}, 198.51.100.1") == 403
    assert status("192.0.2.9", "nonsense") == 403
    # The gateway's own users are not whom the network is compared with.
    assert status(GATEWAY, "198.51.100.1") == 200


@pytest.mark.parametrize("given", [None, "", "  "])
def test_without_a_user_the_answer_is_the_contracts(
    as_gateway: AsGateway, given: str | None
) -> None:
    problem = assert_problem(as_gateway(given), 403, "user_id_missing")

    assert problem["detail"] == "User ID missing from request"


@pytest.mark.parametrize(
    "form", ["0{}", "+{}", " {}", "{}.0", "{},{}", "-{}", "0x1", "ada", "9" * 400, "٣", "{}\t1"]
)
def test_a_user_is_named_by_the_number_alone(as_gateway: AsGateway, ada: User, form: str) -> None:
    assert_problem(as_gateway(form.format(ada.pk, ada.pk)), 403, "user_not_served")


def test_unknown_inactive_and_superusers_look_the_same(
    as_gateway: AsGateway, ada: User, sam: User, rita: User
) -> None:
    User.objects.filter(pk=sam.pk).update(is_active=False)
    User.objects.filter(pk=rita.pk).update(is_superuser=True)

    bodies = {as_gateway(named).content for named in ("999999", sam, rita)}

    assert len(bodies) == 1
    assert_problem(as_gateway(sam), 403, "user_not_served")


@pytest.mark.parametrize(
    ("roles", "seen"),
    [
        (None, True),
        ("operator", True),
        ("premium, operator ,author", True),
        ("admin", True),
        ("subscriber", False),
        ("", False),
        ("Operator", False),
        ("no-such-role", False),
    ],
)
def test_roles_of_the_gateway_only_take_away(
    as_gateway: AsGateway, ada: User, olga: User, roles: str | None, seen: bool
) -> None:
    make_draft(ada, name="Of ada")

    assert bool(names(as_gateway(olga, roles=roles))) is seen


def test_roles_of_the_gateway_never_add(as_gateway: AsGateway, ada: User, sam: User) -> None:
    make_draft(ada, name="Of ada")
    body = json.dumps({"name": "New", "source": SOURCE})

    assert names(as_gateway(sam, roles="admin,operator,author")) == []
    refused = as_gateway(sam, method="POST", roles="admin,author", body=body)
    assert_problem(refused, 403, "role_required")
    assert as_gateway(ada, method="POST", body=body).status_code == 201
    narrowed = as_gateway(ada, method="POST", roles="subscriber", body=body)
    assert_problem(narrowed, 403, "role_required")


def test_an_administrator_let_in_as_an_author_is_one(as_gateway: AsGateway, ada: User) -> None:
    boss = make_user("boss", tenant=ada.memberships.get().tenant, roles=[Role.ADMIN])
    make_draft(ada, name="Of ada")
    body = json.dumps({"name": "New", "source": SOURCE})

    assert names(as_gateway(boss)) == ["Of ada"]
    assert as_gateway(boss, method="POST", roles="author", body=body).status_code == 201
    assert names(as_gateway(boss, roles="author")) == ["New"]


@pytest.mark.parametrize("roles", ["a" * 1025, "author;admin operator", "auth\xf6r"])
def test_roles_that_cannot_be_read_are_refused(
    as_gateway: AsGateway, ada: User, roles: str
) -> None:
    assert_problem(as_gateway(ada, roles=roles), 403, "user_not_served")


def test_no_other_proof_is_taken_beside_the_gateways(
    as_gateway: AsGateway, ada: User, sam: User, browser: Client
) -> None:
    _, key = issue_api_key(sam, name="a program", acting_user=sam, now=utc_now())
    browser.force_login(sam)

    for headers in (
        {"Authorization": f"Bearer {key}"},
        {"Authorization": ""},
        {"X-Internal-API-Key": "any"},
    ):
        assert_problem(as_gateway(ada, headers=headers), 403, "two_identities")
    assert_problem(as_gateway(ada, client=browser), 403, "two_identities")


def test_sessions_and_keys_alone_do_not_get_in_behind_the_gateway(
    edge: Settings, sam: User, browser: Client
) -> None:
    _, key = issue_api_key(sam, name="a program", acting_user=sam, now=utc_now())
    browser.force_login(sam)

    by_key = Client().get("/scripts", headers={"Authorization": f"Bearer {key}"})

    assert_problem(by_key, 403, "direct_access_forbidden")
    assert_problem(browser.get("/scripts"), 403, "direct_access_forbidden")
    assert browser.get("/dashboard/").status_code == 200


def test_without_edge_trust_the_headers_give_nothing(
    as_gateway: AsGateway, edge: Settings, ada: User, sam: User, browser: Client
) -> None:
    edge.EDGE_TRUST = False
    make_draft(ada, name="Of ada")
    browser.force_login(sam)

    assert_problem(as_gateway(ada), 401, "unauthenticated")
    assert names(as_gateway(ada, client=browser)) == []
    assert_problem(as_gateway(ada, secret="wrong"), 401, "unauthenticated")


def test_without_a_secret_nobody_is_the_gateway(
    as_gateway: AsGateway, edge: Settings, ada: User
) -> None:
    edge.GATEWAY_SECRETS = []
    assert_problem(as_gateway(ada, secret=""), 403, "direct_access_forbidden")

    edge.GATEWAY_SECRETS = [""]
    assert_problem(as_gateway(ada, secret=""), 403, "direct_access_forbidden")


def test_narrowed_roles_do_not_outlive_their_request(
    as_gateway: AsGateway, edge: Settings, ada: User, olga: User, browser: Client
) -> None:
    make_draft(ada, name="Of ada")
    assert names(as_gateway(olga, roles="")) == []
    edge.EDGE_TRUST = False
    browser.force_login(olga)

    assert names(browser.get("/scripts")) == ["Of ada"]


def test_an_unknown_address_of_the_api_tells_outsiders_nothing(edge: Settings) -> None:
    for path in ("/api/v2/nothing", "/scripts/nothing", "/data/market"):
        assert_problem(Client().get(path), 403, "direct_access_forbidden")


@pytest.mark.parametrize("path", ["/", "/login/", "/health/live", "/api/docs", "/api/schema"])
def test_what_is_no_api_needs_no_gateway(edge: Settings, path: str) -> None:
    assert Client().get(path).status_code == 200


def test_producers_come_by_their_own_door(edge: Settings) -> None:
    reply = Client().post("/api/v1/signals", b"{}", content_type="application/json")

    assert reply.status_code != 403


def test_a_refusal_is_logged_with_its_reason_and_without_the_secret(
    as_gateway: AsGateway, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        as_gateway(ada, secret="a wrong guess")
        as_gateway(ada, peer="192.0.2.1")

    logged = caplog.text
    assert "secret wrong" in logged
    assert "'network'" in logged
    assert "192.0.2.1" in logged
    assert "a wrong guess" not in logged
    assert SECRET not in logged


def test_nothing_of_a_refused_request_is_done(as_gateway: AsGateway, ada: User) -> None:
    body = json.dumps({"name": "New", "source": SOURCE})

    as_gateway(ada, method="POST", secret="wrong", body=body)

    assert not Script.objects.exists()
