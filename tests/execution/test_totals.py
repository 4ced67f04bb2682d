"""What a process's runs came to: counted once each, told to Redis, and readable by few."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import redis
from django.db.models import Count, Sum
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from accounts.models import User
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now
from execution import queue, tasks
from execution.models import Execution
from execution.sandbox import totals as sandbox_totals
from execution.sandbox.totals import SUMMED, Totals
from execution.services import totals
from execution.services.requests import RunRequest, request_run
from market.bars import NewBar
from tests import factories

ON_IBM = RunRequest(instrument_key="IBM")
TOKEN = "a-long-token-for-the-collector"


@pytest.fixture(autouse=True)
def nothing_published(redis_client: redis.Redis) -> Iterator[None]:
    """No other test's processes are heard of."""
    redis_client.delete(totals.PROCESSES)
    yield
    redis_client.delete(totals.PROCESSES)


def samples(text: str) -> dict[str, float]:
    """Return every sample of a text in Prometheus' format, summed over processes."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            status = sample.labels.get("status")
            name = f"{sample.name}{{{status}}}" if status else sample.name
            found[name] = found.get(name, 0) + sample.value
    return found


def metrics(client: Client, **headers: Any) -> Any:
    return client.get("/metrics", headers=headers)


@pytest.mark.django_db
@pytest.mark.sandbox
def test_the_totals_are_the_sums_over_the_executions(
    ada: User, rita: User, olga: User, three_sessions: list[NewBar], now: datetime
) -> None:
    before = sandbox_totals.current()
    asked = []
    for source in (
        'emit_signal({"value": len(get_market_data())})\n',
        "x = 1 / 0\n",
        "import os\n",
    ):
        version = factories.make_published_version(ada, rita, source=source)
        for _ in range(2):
            asked.append(request_run(version.script, ON_IBM, acting_user=ada, now=now))

    tasks.run_executions([str(execution.pk) for execution in asked])

    after = sandbox_totals.current()
    columns = {name: Sum(name) for name in SUMMED}
    sums = Execution.objects.aggregate(**columns)
    for name in SUMMED:
        grown = getattr(after, name) - getattr(before, name)
        assert grown == pytest.approx(sums[name]), name
        assert grown > 0, name
    outcomes = Execution.objects.values_list("outcome").annotate(Count("pk"))
    assert {
        status: count - before.runs.get(status, 0)
        for status, count in after.runs.items()
        if count > before.runs.get(status, 0)
    } == dict(outcomes.order_by("outcome"))
    [published] = totals.known()
    assert published.process == str(os.getpid())
    assert published.totals == after
    signed_in = Client()
    signed_in.force_login(olga)
    shown = samples(metrics(signed_in).content.decode())
    assert shown["signalhub_sandbox_page_faults_total"] == after.page_faults
    assert shown["signalhub_sandbox_runs_total{error}"] == after.runs["error"]
    assert shown["signalhub_sandbox_cpu_seconds_total"] == pytest.approx(after.cpu_ms / 1000)


def test_machines_are_added_up() -> None:
    one = Totals(started_at=10.0, runs={"ok": 2, "timeout": 1}, cpu_ms=5.0, calls=3)
    other = Totals(started_at=7.0, runs={"ok": 1, "protocol": 1, "violation": 1}, cpu_ms=1.0)

    both = totals.added_up([one, other])

    assert both.runs == {"ok": 3, "timeout": 1, "protocol": 1, "violation": 1}
    assert (both.errors, both.timeouts, both.violations) == (3, 1, 2)
    assert (both.cpu_ms, both.calls, both.started_at) == (6.0, 3, 7.0)


def test_a_forked_process_begins_its_own_account() -> None:
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.write(writing, b"0" if not sandbox_totals.current().runs else b"1")
        os._exit(0)
    os.waitpid(process, 0)

    assert os.read(reading, 1) == b"0"
    os.close(reading)
    os.close(writing)


def test_a_process_that_was_not_heard_of_for_long_is_gone(redis_client: redis.Redis) -> None:
    totals.publish()
    assert len(totals.known()) == 1
    keys = [f"signalhub:sandbox:totals:{one.machine}:{one.process}" for one in totals.known()]

    assert 0 < redis_client.ttl(keys[0]) <= totals.TTL_SECONDS
    redis_client.delete(*keys)

    assert totals.known() == []


def test_without_redis_a_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis(host="127.0.0.1", port=1)
    monkeypatch.setattr(queue, "connect", lambda: nowhere)

    totals.publish()


@pytest.mark.django_db
def test_metrics_are_for_operators_and_the_collector(
    ada: User, olga: User, settings: Settings
) -> None:
    settings.METRICS_TOKEN = TOKEN
    _, key_of_olga = issue_api_key(olga, name="k", acting_user=olga, now=utc_now())
    _, key_of_ada = issue_api_key(ada, name="k", acting_user=ada, now=utc_now())

    def status_with(token: str) -> int:
        status: int = metrics(Client(), authorization=f"Bearer {token}").status_code
        return status

    assert metrics(Client()).status_code == 401
    assert status_with(TOKEN) == status_with(key_of_olga) == 200
    assert status_with(key_of_ada) == 403
    assert status_with(TOKEN[:-1]) == status_with("") == 401


@pytest.mark.django_db
def test_without_a_token_no_collector_is_let_in(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    assert metrics(Client(), authorization="Bearer ").status_code == 401
    assert metrics(Client(), authorization="").status_code == 401


@pytest.mark.django_db
def test_a_collector_gets_text_whatever_it_asks_for(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    totals.publish()

    reply = metrics(
        Client(), authorization=f"Bearer {TOKEN}", accept="application/openmetrics-text"
    )

    assert reply.status_code == 200
    assert reply["Content-Type"].startswith("text/plain")
    assert "# TYPE signalhub_sandbox_violations_total counter" in reply.content.decode()


@pytest.mark.django_db
def test_operators_see_the_totals_of_each_machine_on_the_first_page(olga: User, rita: User) -> None:
    totals.publish()
    pages = {}
    for user in (olga, rita):
        client = Client()
        client.force_login(user)
        pages[user.username] = client.get("/admin/").content.decode()

    assert "Totals of runs by machine" in pages["olga"]
    assert "Violations" in pages["olga"]
    assert "Totals of runs by machine" not in pages["rita"]
