"""Methods, media types and addresses: whatever is wrong with them is said in the API's own form."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from registry.models import Script, ScriptVersion
from tests.problems import as_user, assert_problem

PREFIXES = ["", "/api/v2"]
JSON = "application/json"
ALLOWED = [
    ("scripts", {"GET", "POST"}),
    ("scripts/{id}", {"GET", "PATCH"}),
    ("scripts/{id}/publish", {"POST"}),
    ("scripts/{id}/versions", {"GET"}),
    ("scripts/{id}/execute", {"POST"}),
    ("scripts/{id}/subscribe", {"POST"}),
]


def send(user: User, method: str, path: str, body: bytes, kind: str = JSON, **headers: str) -> Any:
    client: Any = as_user(user)  # whose annotation wants text, and text cannot be broken JSON
    return client.generic(method, path, body, content_type=kind, headers=headers)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(("path", "allowed"), ALLOWED)
def test_another_method_is_405_and_names_the_right_ones(
    path: str, allowed: set[str], prefix: str, draft: ScriptVersion, ada: User
) -> None:
    address = f"{prefix}/{path.format(id=draft.script_id)}"

    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - allowed:
        reply = send(ada, method, address, b"{}")
        assert_problem(reply, 405, "method_not_allowed")
        named = set(reply["Allow"].split(", "))
        assert allowed <= named <= allowed | {"HEAD", "OPTIONS"}


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("path", ["scripts", "scripts/{id}", "scripts/{id}/versions"])
def test_head_says_what_get_says_without_the_body(
    path: str, prefix: str, draft: ScriptVersion, ada: User
) -> None:
    address = f"{prefix}/{path.format(id=draft.script_id)}"

    got, headed = as_user(ada).get(address), as_user(ada).head(address)

    assert headed.status_code == got.status_code == 200
    assert headed.content == b""
    assert headed["Content-Length"] == str(len(got.content))
    assert headed.get("ETag") == got.get("ETag")


def test_options_names_the_methods(draft: ScriptVersion, ada: User) -> None:
    reply = as_user(ada).options(f"/scripts/{draft.script_id}")

    assert reply.status_code == 200
    assert set(reply["Allow"].split(", ")) == {"GET", "PATCH", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    "accepted", ["text/html", "application/xml", "image/*", "garbage", "a/b;q=x"]
)
def test_who_accepts_no_json_is_told_so_in_json(accepted: str, ada: User) -> None:
    reply = as_user(ada).get("/scripts", headers={"Accept": accepted})

    assert_problem(reply, 406, "not_acceptable")


@pytest.mark.parametrize(
    "accepted", ["*/*", "application/json", "application/*", "text/html, */*;q=0.1"]
)
def test_who_accepts_json_among_others_gets_it(accepted: str, ada: User) -> None:
    reply = as_user(ada).get("/scripts", headers={"Accept": accepted})

    assert (reply.status_code, reply["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""]
)
def test_a_body_in_another_language_is_415(kind: str, ada: User) -> None:
    reply = send(ada, "POST", "/scripts", b"<x/>", kind)

    assert_problem(reply, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"[" * 100_000, b"NaN", b'{"name": Infinity}', b"{'name': 1}"]
)
def test_a_body_that_is_no_json_is_400(body: bytes, ada: User) -> None:
    reply = send(ada, "POST", "/scripts", body)

    assert_problem(reply, 400, "malformed_request")


def test_a_body_without_end_is_refused_unread(ada: User) -> None:
    body = b'{"name": "' + b"x" * 3_000_000 + b'"}'

    for headers in ({}, {"Idempotency-Key": "big"}):
        reply = send(ada, "POST", "/scripts", body, **headers)
        assert_problem(reply, 413, "request_too_large")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_address_with_a_slash_at_its_end_is_another_and_says_which_is_meant(
    prefix: str, draft: ScriptVersion, ada: User
) -> None:
    for path in ("scripts", f"scripts/{draft.script_id}", f"scripts/{draft.script_id}/publish"):
        reply = send(ada, "POST", f"{prefix}/{path}/", b"{}")

        problem = assert_problem(reply, 404, "no_such_address")
        assert problem["did_you_mean"] == f"{prefix}/{path}"
    assert Script.objects.count() == 1


@pytest.mark.parametrize(
    "path", ["/scripts/x", "/api/v2/nothing", "/api/v9/scripts", "/data", "/signals/a/b", "/api"]
)
def test_an_unknown_address_of_the_api_is_a_problem_even_for_a_browser(path: str) -> None:
    reply = Client().get(path, headers={"Accept": "text/html"})

    assert_problem(reply, 404, "no_such_address")


@pytest.mark.django_db
def test_an_unknown_address_elsewhere_is_a_page() -> None:
    reply = Client().get("/nothing")

    assert (reply.status_code, reply["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_our_own_fault_is_a_problem_that_tells_nothing(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("registry.access.scripts_visible_to", fail)
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(ada)

    reply = client.get("/scripts")

    assert_problem(reply, 500, "internal_error")
    assert b"secret" not in reply.content
