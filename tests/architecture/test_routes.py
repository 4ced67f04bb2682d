"""Every address has a policy, says its true methods, and lets nobody unknown past it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from signalhub import route_policies
from signalhub.routes import VERBS, NoPolicy, Route, routes
from tests.api.document import api_document

NOBODY = "00000000-0000-7000-8000-000000000000"
SAMPLES = {"uuid": NOBODY, "int": "1", "str": "x"}
# They answer to whatever the server is asked for, with a redirection or 404.
ANY_METHOD = ("RedirectView", "catch_all_view")


def http_routes() -> list[Route]:
    return [route for route in routes() if route.method != "WS" and "?action=" not in route.path]


def sample_of(path: str) -> str:
    """Return an address that a pattern matches."""
    filled = path.replace("<app_label>", "registry").replace("<slug:step>", "submit")
    filled = re.sub(r"<(\w+):\w+>", lambda found: SAMPLES.get(found[1], "x"), filled)
    return re.sub(r"<\w+>", "x", filled)


def test_the_command_prints_method_path_name_and_policy_of_every_route() -> None:
    printed = StringIO()
    call_command("show_routes", json=True, stdout=printed)
    listed: list[dict[str, Any]] = json.loads(printed.getvalue())

    assert len(listed) > 300
    assert all(route.keys() == {"method", "path", "name", "policy"} for route in listed)
    assert all(all(route.values()) for route in listed)
    assert {route["method"] for route in listed} == {*VERBS, "WS"}
    assert "ANY" not in {route["method"] for route in listed}


def test_an_address_without_a_policy_stops_the_build_and_says_what_to_add(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(route_policies.BY_ADDRESS, "PATCH /scripts/{script_id}")
    monkeypatch.delitem(route_policies.ADMIN, "ingest_signal")

    with pytest.raises(NoPolicy, match=r"route_policies\.py.*admin:ingest_signal_changelist"):
        routes()
    with pytest.raises(CommandError, match=r"PATCH /scripts/<uuid:script_id>"):
        call_command("show_routes", stdout=StringIO())


def test_no_table_speaks_of_an_address_that_is_not_there() -> None:
    listed = {route.operation for route in http_routes()}
    names = {route.name.removeprefix("admin:") for route in routes()}

    assert set(route_policies.BY_ADDRESS) - listed == set()
    assert {model for model in route_policies.ADMIN if f"{model}_changelist" not in names} == set()
    for model, rules in route_policies.ADMIN.items():
        assert {action for action in rules.actions if f"{model}_action_{action}" not in names} == (
            set()
        )


@pytest.mark.django_db
def test_the_document_of_the_api_names_the_same_operations() -> None:
    documented = {f"{method} {path}" for method, path, _ in api_document().operations()}
    listed = {f"{route.method} {_plain(route.path)}" for route in http_routes()}

    assert documented - listed == set()


@pytest.mark.django_db
def test_nobody_unknown_gets_past_an_address_that_is_not_open() -> None:
    guarded = [route for route in http_routes() if not route.policy.open]
    client = Client()

    let_in = [
        f"{route.method} {route.path}"
        for route in guarded
        if _status(client, route.method, route.path) not in (302, 401, 403)
    ]

    assert len(guarded) > 250
    assert let_in == []


@pytest.mark.django_db
def test_an_address_answers_to_its_methods_and_to_no_others(
    admin_user: User, settings: Settings
) -> None:
    settings.INTERNAL_API_KEY = "key-of-the-test"
    client = Client(
        raise_request_exception=False, headers={"X-Internal-API-Key": "key-of-the-test"}
    )
    methods: dict[str, set[str]] = defaultdict(set)
    for route in http_routes():
        if not route.name.endswith(ANY_METHOD):
            methods[route.path].add(route.method)

    wrong = []
    for path, known in methods.items():
        client.force_login(admin_user)
        # Pages of the admin that know one of GET and POST look for their row first or answer alike.
        unlisted = known ^ {"GET", "POST"} if "/admin/" in path else set()
        # What it answers to comes last: some addresses are there to sign out.
        for method in sorted(set(VERBS) - unlisted, key=lambda verb: (verb in known, verb)):
            status = _status(client, method, path)
            if (status == 405) is (method in known):
                wrong.append(f"{method} {path}: {status}")

    assert not wrong, "\n".join(wrong)


def _plain(path: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)


def _status(client: Client, method: str, path: str) -> int:
    reply = client.generic(method, sample_of(path), b"{}", content_type="application/json")
    return reply.status_code


def test_every_policy_is_explained() -> None:
    page = (Path(django_settings.BASE_DIR) / "docs" / "AUTHORISATION.md").read_text()
    explained = page.replace("\\|", "|")
    names = {route.policy.name for route in routes()}

    assert {name for name in names if f"`{name}`" not in explained} == set()
