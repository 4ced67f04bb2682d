"""The history of a script's outputs over HTTP: pages, files, and for whom."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from common import row_scope
from registry.access import NotEntitled
from registry.models import Entitlement, Script
from registry.services import entitlements
from streams.api import history
from streams.models import Stream
from streams.publishing import NewOutput, publish_outputs, stream_for
from tests.problems import as_user, assert_problem
from tests.streams import marked
from tests.streams.conftest import FIRST_BAR, Publish

pytestmark = pytest.mark.django_db
MOUNTS = ("", "/api/v2")
COLUMNS = "seq,timestamp,value,metadata,bar_opened_at,confirmed,published_at"
Ask = Callable[..., Any]


@pytest.fixture
def address(script: Script) -> str:
    return f"/signals/IBM/custom/{script.pk}/history"


@pytest.fixture
def ask(address: str, sam: User, entitled: Entitlement) -> Ask:
    """Return a function that asks for the history as sam."""
    return lambda **query: as_user(sam).get(address, query)


def numbers(reply: Any) -> list[int]:
    assert reply.status_code == 200, reply.content
    return [row["seq"] for row in reply.json()["results"]]


def file_of(reply: Any) -> bytes:
    assert reply.status_code == 200, reply.content
    return b"".join(reply.streaming_content)


def day(number: int) -> str:
    return (FIRST_BAR + timedelta(days=number)).isoformat()


@pytest.mark.parametrize("mount", MOUNTS)
def test_a_history_comes_in_pages_the_newest_first(
    mount: str, address: str, sam: User, entitled: Entitlement, stream: Stream, publish: Publish
) -> None:
    publish(5)

    first = as_user(sam).get(mount + address, {"limit": 2})
    publish(1)
    second = as_user(sam).get(first.json()["next"])
    back = as_user(sam).get(second.json()["previous"])

    assert (numbers(first), numbers(second), numbers(back)) == ([5, 4], [3, 2], [5, 4])
    body = first.json()
    assert (body["stream_key"], body["epoch"]) == (stream.key, stream.epoch)
    newest = body["results"][0]
    assert newest.pop("published_at")
    assert newest == {
        "seq": 5,
        "timestamp": "2006-01-08T00:00:00Z",
        "value": 5.0,
        "metadata": {"side": "buy"},
        "bar_opened_at": None,
        "confirmed": True,
    }


def test_from_is_included_and_to_is_not(ask: Ask, publish: Publish) -> None:
    publish(6)

    assert numbers(ask(**{"from": day(2), "to": day(5)})) == [4, 3, 2]
    assert numbers(ask(**{"from": day(6)})) == [6]


def test_as_of_shows_what_had_been_published_by_then(
    ask: Ask, stream: Stream, now: datetime
) -> None:
    for hours in (3, 2, 1):
        with transaction.atomic():
            instant = now - timedelta(hours=hours)
            publish_outputs(stream, [NewOutput(value=hours, timestamp=FIRST_BAR)], now=instant)

    exactly_then = (now - timedelta(hours=2)).isoformat()
    assert numbers(ask(as_of=exactly_then)) == [2, 1]
    assert_problem(ask(as_of=(now + timedelta(hours=1)).isoformat()), 422, "invalid_input")


def test_confirmed_outputs_can_be_had_alone(ask: Ask, stream: Stream) -> None:
    for confirmed in (True, False, True):
        with transaction.atomic():
            publish_outputs(stream, [NewOutput(value=1, timestamp=FIRST_BAR)], confirmed=confirmed)

    assert numbers(ask(confirmed="true")) == [3, 1]
    assert numbers(ask(confirmed="false")) == [2]


def test_of_several_streams_one_has_to_be_named(ask: Ask, script: Script, publish: Publish) -> None:
    publish(1)
    publish(2, to=stream_for(script, "IBM", "1h", {"period": 14}))

    problem = assert_problem(ask(), 422, "several_streams")

    assert {one["timeframe"] for one in problem["available"]} == {"1d", "1h"}
    assert numbers(ask(timeframe="1h")) == [2, 1]
    assert_problem(ask(timeframe="5m"), 404, "no_stream")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"from": "2006-01-03"}, 422, "naive_instant"),
        ({"to": "yesterday"}, 422, "naive_instant"),
        ({"to": "9999-12-31T23:59:59-01:00"}, 422, "naive_instant"),
        ({"as_of": "0001-01-01T00:00:00+14:00"}, 422, "naive_instant"),
        ({"from": "2006-01-03T00:00:00Z", "to": "2006-01-03T00:00:00Z"}, 422, "invalid_input"),
        ({"confirmed": "perhaps"}, 422, "invalid_input"),
        ({"format": "xlsx"}, 422, "unknown_format"),
        ({"params": "period-14"}, 422, "invalid_input"),
        ({"limit": "1000"}, 422, "invalid_input"),
        ({"cursor": "forged"}, 400, "invalid_cursor"),
        ({"since": "2006"}, 400, "unknown_parameter"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(
    query: dict[str, str], status: int, code: str, ask: Ask, publish: Publish
) -> None:
    publish(1)

    assert_problem(ask(**query), status, code)


@pytest.mark.parametrize("query", [{}, {"format": "csv"}, {"format": "parquet"}])
def test_foreign_and_unknown_look_alike_and_colleagues_learn_what_they_lack(
    query: dict[str, str], address: str, publish: Publish, sam: User, mallory: User
) -> None:
    publish(1)
    unknown = "/signals/IBM/custom/01920000-0000-7000-8000-000000000000/history"

    foreign = assert_problem(as_user(mallory).get(address, query), 404, "no_such_script")
    nothing = assert_problem(as_user(mallory).get(unknown, query), 404, "no_such_script")

    assert foreign["detail"] == nothing["detail"]
    assert_problem(as_user(sam).get(address, query), 403, "not_entitled")


def test_a_csv_holds_all_of_it_the_oldest_first(ask: Ask, stream: Stream, publish: Publish) -> None:
    publish(3)
    with transaction.atomic():
        words = {"note": '=cmd("x"), "é"'}
        publish_outputs(stream, [NewOutput(value="=1+1", timestamp=FIRST_BAR, metadata=words)])

    reply = ask(format="csv")
    text = file_of(reply).decode()

    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    assert reply["Cache-Control"] == "no-store"
    assert text.splitlines()[0] == COLUMNS
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["seq"] for row in rows] == ["1", "2", "3", "4"]
    assert (rows[0]["value"], rows[0]["timestamp"]) == ("1.0", day(1))
    assert (rows[0]["confirmed"], rows[0]["bar_opened_at"]) == ("true", "")
    # JSON, so that no program takes a text for a formula.
    assert rows[3]["value"] == '"=1+1"'
    assert json.loads(rows[3]["metadata"]) == words


def test_a_parquet_file_holds_the_same(address: str, ask: Ask, sam: User, publish: Publish) -> None:
    publish(3)
    kind = "application/vnd.apache.parquet"

    by_accept = as_user(sam).get(address, headers={"Accept": kind})
    table = pq.read_table(io.BytesIO(file_of(by_accept)))

    assert by_accept["Content-Type"] == kind
    assert table.column("seq").to_pylist() == [1, 2, 3]
    assert table.column("number").to_pylist() == [1.0, 2.0, 3.0]
    assert table.column("timestamp").to_pylist()[0] == FIRST_BAR + timedelta(days=1)
    assert json.loads(table.column("metadata").to_pylist()[0]) == {"side": "buy"}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_history_without_rows_is_a_file_without_rows(kind: str, ask: Ask, stream: Stream) -> None:
    content = file_of(ask(format=kind))

    if kind == "csv":
        assert content.decode() == COLUMNS + "\r\n"
    else:
        assert pq.read_table(io.BytesIO(content)).num_rows == 0


def test_a_file_is_read_in_parts_and_holds_what_was_there_when_it_was_asked_for(
    ask: Ask, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "CHUNK_ROWS", 3)
    publish(7)

    parts = ask(format="csv").streaming_content
    beginning = next(iter(parts))
    publish(2)
    rest = list(parts)

    assert beginning.count(b"\r\n") == 1 + 3
    assert [part.count(b"\r\n") for part in rest] == [3, 1]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_whose_right_ends_on_the_way_gets_no_more_of_the_file(
    kind: str,
    ask: Ask,
    script: Script,
    ada: User,
    sam: User,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "CHUNK_ROWS", 2)
    publish(6)

    parts = iter(ask(format=kind).streaming_content)
    next(parts)
    entitlements.revoke(script, sam, acting_user=ada, now=datetime.now(UTC))

    with pytest.raises(NotEntitled):
        next(parts)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_row_policy_is_not_asked_again_for_every_row_of_a_file(
    kind: str, ask: Ask, sam: User, publish: Publish
) -> None:
    publish(3)
    scopes: dict[str, set[str]] = {"outputs": set(), "rights": set()}

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        about = "outputs" if '"streams_output"' in sql else "rights"
        scopes[about].add(row_scope.current())
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        assert file_of(ask(format=kind))

    assert scopes["outputs"] == {row_scope.PLATFORM}
    assert row_scope.scope_of(sam.pk) in scopes["rights"]


def test_what_is_too_long_for_a_file_is_said_before_it_begins(
    ask: Ask, publish: Publish, settings: Settings
) -> None:
    settings.HISTORY_FILE_ROWS_MAX = 3
    publish(4)

    assert_problem(ask(format="csv"), 422, "history_too_long")
    assert file_of(ask(format="csv", **{"from": day(2)}))


def test_each_subscriber_gets_marked_copies_in_every_format(
    ada: User, rita: User, carol: User, sam: User, now: datetime
) -> None:
    script = marked.make_marked_script(ada, rita)
    product = marked.make_product(script, now=now)
    subscription = marked.subscribe(product, carol, now=now)
    marked.publish_days(marked.stream_of(product), range(60))
    exact = [marked.exact_value(number) for number in range(60)]
    address = f"/signals/IBM/custom/{script.pk}/history"

    page = as_user(carol).get(address, {"limit": 60}).json()["results"]
    text = file_of(as_user(carol).get(address, {"format": "csv"})).decode()
    table = pq.read_table(io.BytesIO(file_of(as_user(carol).get(address, {"format": "parquet"}))))

    given = [row["value"] for row in reversed(page)]
    assert given != exact
    assert max(abs(a - b) for a, b in zip(given, exact, strict=True)) < 0.03
    assert [float(row["value"]) for row in csv.DictReader(io.StringIO(text))] == given
    assert table.column("number").to_pylist() == given
    assert [float(value) for value in table.column("value").to_pylist()] == given
    assert subscription.user_id == carol.pk


@pytest.mark.parametrize(
    "query",
    [{"limit": "50"}, {"from": day(900)}, {"confirmed": "true", "from": day(500), "to": day(520)}],
)
def test_every_page_is_found_through_an_index(
    query: dict[str, str], ask: Ask, publish: Publish
) -> None:
    publish(1000)

    with CaptureQueriesContext(connection) as asked:
        assert numbers(ask(**query))

    sql = [one["sql"] for one in asked if '"streams_output"' in one["sql"]]
    assert sql
    for statement in sql:
        with connection.cursor() as cursor:
            # A small or empty piece would be read otherwise; the question is whether it has to be.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Seq Scan" not in plan, plan
        conditions = [line for line in plan.splitlines() if "Index Cond" in line]
        assert conditions, plan
        assert all("stream_id =" in line for line in conditions), plan
