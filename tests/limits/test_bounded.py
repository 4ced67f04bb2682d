"""Room: so many requests at once in a process, and a quick 503 for one more."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from common import door_counts, in_flight
from common.in_flight import RESERVED
from signalhub.bounded import BoundedWsgi


@pytest.fixture
def room_for_two(settings: Settings) -> None:
    settings.WEB_REQUESTS_AT_ONCE = 2


class Slow:
    """A WSGI application whose requests stay until they are let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.began = threading.Semaphore(0)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.began.release()
        assert self.let_go.wait(10)
        start_response("200 OK", [])
        return [b"done"]


def ask(application: Any, path: str = "/scripts") -> tuple[str, dict[str, str]]:
    told: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        told.update(status=status, headers=dict(headers))

    answer = application({"PATH_INFO": path}, start_response)
    assert b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return told["status"], told["headers"]


def test_one_request_more_is_turned_away_and_its_place_is_free_again_later(
    room_for_two: None,
) -> None:
    slow = Slow()
    bounded = BoundedWsgi(slow)
    with ThreadPoolExecutor(2) as threads:
        held = [threads.submit(ask, bounded) for _ in range(2)]
        for _ in held:
            assert slow.began.acquire(timeout=10)

        status, headers = ask(bounded)
        full = in_flight.share()
        slow.let_go.set()

        assert [one.result()[0] for one in held] == ["200 OK"] * 2

    assert (status, headers["Retry-After"]) == ("503 Service Unavailable", "1")
    assert headers["Content-Type"] == "application/problem+json"
    assert full == 1.0
    assert in_flight.share() == 0.0
    assert door_counts.current()["server_busy", ""] >= 1
    assert ask(bounded)[0] == "200 OK"


def test_a_full_process_still_says_how_it_is(room_for_two: None) -> None:
    slow = Slow()
    bounded = BoundedWsgi(slow)
    with ThreadPoolExecutor(2 + RESERVED) as threads:
        held = [threads.submit(ask, bounded) for _ in range(2)]
        held += [threads.submit(ask, bounded, "/health/live") for _ in range(RESERVED)]
        for _ in held:
            assert slow.began.acquire(timeout=10)

        status, _ = ask(bounded, "/health/live")
        slow.let_go.set()

    assert status == "503 Service Unavailable"
    assert {one.result()[0] for one in held} == {"200 OK"}


def test_a_place_is_given_back_when_the_application_fails(room_for_two: None) -> None:
    def broken(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        ask(BoundedWsgi(broken))

    assert in_flight.share() == 0.0


@pytest.mark.parametrize(
    ("path", "shape"),
    [("/scripts", "application/problem+json"), ("/dashboard/", "text/html; charset=utf-8")],
)
@pytest.mark.django_db
def test_a_database_without_room_is_503_and_says_when_to_come_back(
    path: str, shape: str, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(sam)

    def full(*_: Any, **__: Any) -> Any:
        raise OperationalError("FATAL: sorry, too many clients already")

    monkeypatch.setattr("django.db.models.query.QuerySet._fetch_all", full)
    reply = client.get(path)

    assert (reply.status_code, reply["Retry-After"], reply["Content-Type"]) == (503, "2", shape)
