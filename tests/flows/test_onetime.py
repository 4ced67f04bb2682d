"""A run on request, over HTTP, through the queue and a real worker."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.flows.conftest import Demo
from tests.flows.processes import Platform, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def client(demo: Demo, platform: Platform) -> Any:
    platform.start("worker", "live")
    with httpx.Client(base_url=platform.url, timeout=60) as client:
        wait_until(
            lambda: client.get("/health").json()["checks"]["sandbox"]["ok"],
            what="the worker to prove its isolation",
            log=platform.log_of("worker"),
        )
        yield client


def execute(client: httpx.Client, demo: Demo, part: str, **body: Any) -> httpx.Response:
    script_id = demo.script("Relative strength index")["id"]
    return client.post(f"/scripts/{script_id}/execute", json=body, headers=demo.headers(part))


def test_a_subscriber_runs_a_script_and_gets_its_output(client: httpx.Client, demo: Demo) -> None:
    reply = execute(client, demo, "subscriber", instrument="IBM", as_of="2001-09-18T00:00:00Z")

    body = reply.json()
    assert reply.status_code == 200, body
    assert body["success"] is True
    assert 0 <= body["output"]["value"] <= 100
    assert body["as_of"] == "2001-09-18T00:00:00Z"
    status = client.get(reply.headers["Location"], headers=demo.headers("subscriber")).json()
    assert status["status"] == "completed"
    others = client.get(reply.headers["Location"], headers=demo.headers("author")).json()
    assert others["status"] == "not_found"


def test_the_same_run_gives_the_same_value(client: httpx.Client, demo: Demo) -> None:
    first, second = (
        execute(client, demo, "author", instrument="MSFT", as_of="2005-06-01T00:00:00Z").json()
        for _ in range(2)
    )

    assert first["outputs"] == second["outputs"]
    assert first["execution_id"] != second["execution_id"]


def test_bad_requests_are_told_the_field_and_the_fix(client: httpx.Client, demo: Demo) -> None:
    cases: dict[str, dict[str, Any]] = {
        "instrument": {"instrument": "NOPE"},
        "params.period": {"instrument": "IBM", "params": {"period": 1}},
        "as_of": {"instrument": "IBM", "as_of": "2999-01-01T00:00:00Z"},
        "instrumnt": {"instrument": "IBM", "instrumnt": "IBM"},
    }

    for field, body in cases.items():
        reply = execute(client, demo, "subscriber", **body)
        assert reply.status_code == 422, reply.text
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert field in reply.text


def test_an_outsider_learns_nothing(client: httpx.Client, demo: Demo) -> None:
    foreign = execute(client, demo, "outsider", instrument="IBM")
    unknown = client.post(
        "/scripts/00000000-0000-7000-8000-000000000000/execute",
        json={"instrument": "IBM"},
        headers=demo.headers("outsider"),
    )

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["detail"] == unknown.json()["detail"]


def test_somebody_without_a_key_is_asked_for_one(client: httpx.Client, demo: Demo) -> None:
    script_id = demo.script("Relative strength index")["id"]

    reply = client.post(f"/scripts/{script_id}/execute", json={"instrument": "IBM"})

    assert reply.status_code == 401
    assert reply.json()["code"] == "unauthenticated"
