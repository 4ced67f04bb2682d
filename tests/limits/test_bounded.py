"""Room: so many requests at once in a process, and a quick 503 for one more."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from accounts.models import Tier, User
from accounts.services.api_keys import issue_api_key
from common import door_counts, in_flight
from common.clock import utc_now
from common.in_flight import RESERVED
from execution.services import rooms
from signalhub.bounded import BoundedAsgi
from tests.streams.servers import LiveProcess, live_process, own_redis


class Slow:
    """An ASGI application whose requests stay until they are let go."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.let_go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})


async def ask(application: Any, path: str) -> tuple[int, dict[bytes, bytes]]:
    told: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await application({"type": "http", "path": path, "headers": []}, receive, send)
    return told[0]["status"], dict(told[0]["headers"])


@pytest.mark.parametrize(
    ("path", "others", "room"),
    [("/scripts", [], 2), ("/health/live", ["/health/live"] * RESERVED, 2 + RESERVED)],
)
def test_one_request_more_is_turned_away_and_its_place_is_free_again_later(
    path: str, others: list[str], room: int, settings: Settings
) -> None:
    settings.WEB_REQUESTS_AT_ONCE = 2

    async def check() -> None:
        slow = Slow()
        bounded = BoundedAsgi(slow)
        asked = [asyncio.create_task(ask(bounded, name)) for name in ["/", "/", *others]]
        await asyncio.sleep(0)

        status, headers = await ask(bounded, path)
        full = in_flight.share()
        slow.let_go.set()
        served = [await one for one in asked]

        assert len(served) == room
        assert {status for status, _ in served} == {200}
        assert (status, headers[b"retry-after"], full) == (503, b"1", 1.0)
        assert headers[b"content-type"] == b"application/problem+json"
        assert in_flight.share() == 0.0
        assert (await ask(bounded, path))[0] == 200

    before = door_counts.current().get(("server_busy", ""), 0)
    asyncio.run(check())
    assert door_counts.current()["server_busy", ""] == before + 1


def test_a_process_says_how_full_it_is_also_when_it_turns_away(
    settings: Settings, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEB_REQUESTS_AT_ONCE = 2
    redis_client.delete(rooms.KEY)
    monkeypatch.setattr(rooms, "is_due", lambda: in_flight.share() == 1.0)

    async def check() -> None:
        slow = Slow()
        bounded = BoundedAsgi(slow)
        asked = [asyncio.create_task(ask(bounded, "/")) for _ in range(2)]
        await asyncio.sleep(0)
        assert (await ask(bounded, "/"))[0] == 503
        slow.let_go.set()
        await asyncio.gather(*asked)

    asyncio.run(check())  # and what it has begun to tell

    assert rooms.worst_share() == 1.0


def test_a_place_is_given_back_when_the_application_fails(settings: Settings) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        asyncio.run(ask(BoundedAsgi(broken), "/"))

    assert in_flight.share() == 0.0


@pytest.fixture(scope="module")
def narrow_process(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveProcess]:
    with (
        own_redis() as server,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("WEB_REQUESTS_AT_ONCE", "4")
        directory: Path = tmp_path_factory.mktemp("narrow")
        with live_process(directory, server.url, "tests.streams.limited_settings") as live:
            yield live


@pytest.mark.django_db(transaction=True)
def test_more_clients_than_there_is_room_for_are_all_answered(
    narrow_process: LiveProcess, sam: User
) -> None:
    Tier.objects.filter(pk="free").update(requests_per_minute=80)
    _, key = issue_api_key(sam, name="tests", acting_user=sam, now=utc_now())
    address = f"http://127.0.0.1:{narrow_process.port}"
    headers = {"Authorization": f"Bearer {key}"}

    def load_down(_: int) -> list[httpx.Response]:
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            return [client.get("/scripts") for _ in range(10)]

    load_down(0)
    began_with = narrow_process.memory_mb
    with ThreadPoolExecutor(20) as threads:
        replies = [reply for some in threads.map(load_down, range(20)) for reply in some]

    statuses = Counter(reply.status_code for reply in replies)
    assert statuses.keys() <= {200, 429, 503}
    assert statuses.total() == 200
    assert statuses[503] > 0
    assert 0 < statuses[200] <= 70  # eighty a minute, ten of them before
    assert all("Retry-After" in reply.headers for reply in replies if reply.status_code != 200)
    assert narrow_process.memory_mb - began_with < 64
    assert httpx.get(f"{address}/health/live").status_code == 200
    assert "Traceback" not in narrow_process.log()


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
