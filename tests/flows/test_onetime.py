"""A run on request, over HTTP, through the queue and a real worker."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest

from market.models import Bar
from tests.flows.conftest import Demo
from tests.flows.processes import Platform, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]


OPENS = time(14, 30)
PRESIDENTS_DAY = date(2024, 2, 19)


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


def minutes_of_february() -> str:
    """Return a file of every minute that New York's exchange was open in February 2024."""
    days = [date(2024, 2, day) for day in range(1, 30)]
    sessions = [day for day in days if day.weekday() < 5 and day != PRESIDENTS_DAY]
    rows = [
        f"IBM,1m,{datetime.combine(day, OPENS, UTC) + timedelta(minutes=minute):%Y-%m-%dT%H:%MZ}"
        ",180,181,179,180.5,1000"
        for day in sessions
        for minute in range(390)
    ]
    return "\n".join(["instrument,timeframe,opened_at,open,high,low,close,volume", *rows])


def progress_of_an_upload(
    client: httpx.Client, demo: Demo, platform: Platform
) -> list[dict[str, Any]]:
    """Upload a file, and return what its page says again and again until it is over."""
    sent = client.post(
        "/api/v2/market/uploads?kind=bars&name=february.csv",
        content=minutes_of_february(),
        headers={**demo.headers("operator"), "Content-Type": "text/csv"},
    )
    assert sent.status_code == 202, sent.text
    seen = [sent.json()]

    def is_over() -> bool:
        reply = client.get(sent.headers["Location"], headers=demo.headers("operator"))
        seen.append(reply.json())
        return bool(seen[-1]["finished_at"])

    wait_until(is_over, what="the upload to end", log=platform.log_of("worker"))
    return seen


def test_what_an_operator_uploads_is_worked_off_beside_the_run_of_a_subscriber(
    client: httpx.Client, demo: Demo, platform: Platform
) -> None:
    seen = progress_of_an_upload(client, demo, platform)

    rows = 20 * 390
    last = seen[-1]
    assert (last["state"], last["rows_total"], last["accepted"]) == ("done", rows, rows), last
    assert last["errors"] == []
    done = [one["rows_done"] for one in seen]
    assert done == sorted(done)
    assert any(0 < count < rows for count in done), done
    bars = Bar.objects.filter(instrument_key="IBM", opened_at__year=2024)
    assert bars.filter(timeframe="1m").count() == rows
    assert bars.filter(timeframe="1d", missing=0).count() >= 19  # the last day may still be open

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
