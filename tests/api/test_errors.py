"""What anybody is told when something is refused or breaks, and under which name it was logged."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from common.request_ids import HEADER
from registry import access
from signalhub import views
from signalhub.asgi import application as asgi
from tests.problems import assert_problem

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"Accept": "application/json"}
SECRET = "internals of the platform"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def anybody() -> Client:
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def _break(*_: Any, **__: Any) -> Any:
    raise RuntimeError(SECRET)


@pytest.mark.parametrize("given", [None, "trace-7.a_b", "x" * 64, "x" * 65, "two words", "a/b", ""])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health/live", 200),
        ("/", 200),
        ("/static/css/base.css", 200),
        ("/scripts", 401),
        ("/api/v1/signals", 405),
        ("/no/such/page", 404),
        ("/admin/", 302),
        ("/logout/", 405),
    ],
)
def test_every_answer_has_a_name_that_its_caller_may_have_given(
    path: str, status: int, given: str | None, anybody: Client
) -> None:
    reply = anybody.get(path, headers={HEADER: given} if given is not None else {})
    reply.close()

    assert reply.status_code == status
    name = reply[HEADER]
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name)
    assert (name == given) is (given in ("trace-7.a_b", "x" * 64))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/health/live", "/no/such/page", "/scripts", "/static/none.css"])
def test_what_is_answered_beside_sockets_has_a_name_too(path: str) -> None:
    assert async_to_sync(_asgi_headers)(path)[b"x-request-id"] == b"from-asgi"


async def _asgi_headers(path: str) -> dict[bytes, bytes]:
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"x-request-id", b"from-asgi")],
        "client": ("127.0.0.1", 1),
    }
    communicator: Any = ApplicationCommunicator(asgi, scope)  # type: ignore[no-untyped-call]
    await communicator.send_input({"type": "http.request", "body": b""})
    start = await communicator.receive_output(10)
    await communicator.receive_output(10)
    await communicator.wait()
    return {name.lower(): value for name, value in start["headers"]}


def test_every_line_of_a_request_has_its_name(
    anybody: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    anybody.post("/api/v1/signals", b"{}", content_type="text/plain", headers={HEADER: "line-7"})

    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert {line["request_id"] for line in lines} == {"line-7"}
    (end,) = [line for line in lines if line["event"] == "request_answered"]
    assert (end["method"], end["path"]) == ("POST", "/api/v1/signals")


def test_what_stands_behind_a_question_mark_is_not_logged(
    anybody: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    anybody.get("/scripts?token=never-in-a-log")

    assert caplog.records
    assert "never-in-a-log" not in caplog.text


def test_what_nobody_foresaw_is_told_by_its_name_alone_and_logged_once(
    ada: User, anybody: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(access, "scripts_visible_to", _break)
    anybody.force_login(ada)

    reply = anybody.get("/scripts", headers={HEADER: "broken-7", **PROGRAM})

    body = assert_problem(reply, 500, "internal_error")
    assert body["request_id"] == reply[HEADER] == "broken-7"
    assert SECRET not in reply.content.decode()
    faults = [record for record in caplog.records if record.exc_info]
    assert len(faults) == 1
    assert SECRET in caplog.text


def test_a_person_is_shown_a_page_with_the_name_of_what_broke(
    anybody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "overview", _break)
    monkeypatch.setattr(views, "newest_signals", _break)
    monkeypatch.setattr(views, "_ways", _break)

    page = anybody.get("/", headers={HEADER: "broken-8", **BROWSER})
    problem = anybody.get("/", headers={HEADER: "broken-8", **PROGRAM})

    assert page.status_code == 500
    assert page["Content-Type"].startswith("text/html")
    assert "broken-8" in page.content.decode()
    assert SECRET not in page.content.decode()
    assert_problem(problem, 500, "internal_error")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/no/such/page", 404, "no_such_address"),
        ("GET", "/logout/", 405, "method_not_allowed"),
        ("DELETE", "/dashboard/", 405, "method_not_allowed"),
        ("POST", "/health", 405, "method_not_allowed"),
    ],
)
def test_a_program_gets_a_problem_where_a_person_gets_a_page(
    method: str, path: str, status: int, code: str, browser: Client
) -> None:
    problem = browser.generic(method, path, headers=PROGRAM)
    page = browser.generic(method, path, headers=BROWSER)

    assert_problem(problem, status, code)
    assert page.status_code == status
    if path == "/health":
        assert page["Content-Type"] == "application/problem+json"
    else:
        assert page["Content-Type"].startswith("text/html")
        assert len(page.content) > 200
    assert ("Allow" in problem) is (status == 405)


def test_a_form_without_the_token_of_its_page_is_refused_in_both_forms(anybody: Client) -> None:
    problem = anybody.post("/login/", headers=PROGRAM)
    page = anybody.post("/login/", headers=BROWSER)

    assert_problem(problem, 403, "csrf_failed")
    assert page.status_code == 403
    assert "The form has expired" in page.content.decode()


def test_a_host_that_is_not_ours_is_refused_in_both_forms(anybody: Client) -> None:
    problem = anybody.get("/scripts", headers={"Host": "evil.example"})
    page = anybody.get("/login/", headers={"Host": "evil.example", **BROWSER})

    assert_problem(problem, 400, "malformed_request")
    assert page.status_code == 400
    assert "evil" not in page.content.decode()


def test_more_fields_or_bytes_than_a_form_can_have_are_refused(
    browser: Client, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 5
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    many = browser.post("/login/", "&".join(f"a{n}=1" for n in range(9)), content_type=FORM)
    large = browser.post("/login/", "a=" + "x" * 2000, content_type=FORM)

    assert (many.status_code, large.status_code) == (400, 413)


@pytest.mark.parametrize(
    ("path", "content_type", "body", "status", "code"),
    [
        ("/scripts", "text/plain", b"x", 415, "unsupported_media_type"),
        ("/scripts", "application/json", b"{", 400, "malformed_request"),
        ("/scripts", "application/json", b"\xff\xfe", 400, "malformed_request"),
        ("/scripts", "application/json", b"[" * 100_000, 400, "malformed_request"),
        ("/scripts", "application/json", b"[]", 422, "invalid_input"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(
    path: str, content_type: str, body: bytes, status: int, code: str, ada: User, browser: Client
) -> None:
    browser.force_login(ada)

    reply = browser.post(path, body, content_type=content_type)

    assert_problem(reply, status, code)
