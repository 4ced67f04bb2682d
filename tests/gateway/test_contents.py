"""What reads were answered with: kept once, given back to the bit, removed without a race."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import numpy as np
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from common.canonical import canonical_json, sha256
from execution.services.retention import forget_old_contents
from gateway import contents, packing
from gateway.contents import ContentGone
from gateway.models import ReadContent
from gateway.packing import Content, ContentAltered
from gateway.requests import Table

NOW = datetime.fromisoformat("2026-01-05T12:00:00+00:00")
DAY_NS = 86_400 * 10**9


def window(first: int, rows: int) -> Table:
    days = np.arange(first, first + rows, dtype=np.int64)
    days += 2 * (days // 5)  # weekends
    close = np.sin(np.arange(first, first + rows) / 9.0) + 100.0
    return Table(index_ns=days * DAY_NS, columns={"close": close, "volume": close * 1000})


def keep(table: Table, *, now: datetime = NOW) -> str:
    digest = packing.digest_of_table(table)
    contents.keep(packing.contents_of(table, digest), now=now)
    return digest


def keep_value(value: object, *, now: datetime = NOW) -> str:
    encoded = canonical_json(value)
    contents.keep(packing.contents_of(encoded, sha256(encoded)), now=now)
    return sha256(encoded)


@hypothesis_settings(deadline=None)
@given(
    st.lists(st.integers(-(2**62), 2**62), max_size=80, unique=True).map(sorted),
    st.floats(allow_nan=True, allow_infinity=True),
)
def test_any_table_comes_back_from_its_pieces_to_the_bit(
    instants: list[int], number: float
) -> None:
    index = np.array(instants, dtype=np.int64)
    numbers = np.full(len(instants), number)
    table = Table(index_ns=index, columns={"a": numbers, "b": -numbers})
    digest = packing.digest_of_table(table)
    kept = {content.sha256: content.raw for content in packing.contents_of(table, digest)}

    back = packing.table_of(digest, kept[digest], kept)

    assert back.index_ns.tobytes() == index.tobytes()
    assert list(back.columns) == ["a", "b"]
    assert back.columns["b"].tobytes() == (-numbers).tobytes()


def test_neighbouring_windows_share_all_but_their_ends() -> None:
    first = packing.contents_of(window(0, 500), "a")
    second = packing.contents_of(window(1, 500), "b")

    new = {c.sha256 for c in second if c.kind == "piece"} - {c.sha256 for c in first}

    assert len(second) > 10
    assert len(new) <= 2


@pytest.mark.django_db
def test_the_same_answer_is_kept_once_and_costs_one_query_the_second_time() -> None:
    digest = keep(window(0, 500))
    rows = ReadContent.objects.count()

    with CaptureQueriesContext(connection) as queries:
        keep(window(0, 500), now=NOW + timedelta(hours=2))

    assert ReadContent.objects.count() == rows
    assert len(queries) == 1
    table = contents.load(digest)
    assert isinstance(table, Table)
    assert table.index_ns.tobytes() == window(0, 500).index_ns.tobytes()


@pytest.mark.django_db
@pytest.mark.parametrize("value", [None, 0.1, -0.0, {"b": [1, {"z": None, "a": "ü"}]}, []])
def test_a_value_comes_back_as_it_was(value: object) -> None:
    assert contents.load(keep_value(value)) == value


@pytest.mark.django_db
def test_a_piece_that_passes_for_another_is_refused() -> None:
    digest = keep(window(0, 100))
    first, second = ReadContent.objects.filter(kind="piece").order_by("pk")[:2]
    ReadContent.objects.filter(pk=first.pk).update(body=second.body)

    with pytest.raises(ContentAltered):
        contents.load(digest)


@pytest.mark.django_db
def test_what_was_removed_is_stored_again_by_the_next_use() -> None:
    digest = keep(window(0, 100))
    ReadContent.objects.all().delete()
    with pytest.raises(ContentGone):
        contents.load(digest)

    keep(window(0, 100))

    assert isinstance(contents.load(digest), Table)


@pytest.mark.django_db
def test_only_what_nothing_used_for_the_days_of_retention_is_forgotten(settings: Settings) -> None:
    settings.CAPSULE_RETENTION_DAYS = 90
    used = keep(window(0, 100))
    unused = keep(window(300, 100))
    later = NOW + timedelta(days=60)
    keep(window(0, 100), now=later)

    forget_old_contents(now=NOW + timedelta(days=90, hours=23))
    assert isinstance(contents.load(unused), Table)
    forget_old_contents(now=NOW + timedelta(days=91, hours=1))

    assert isinstance(contents.load(used), Table)
    with pytest.raises(ContentGone):
        contents.load(unused)


@pytest.mark.django_db
def test_a_batch_of_removals_is_bounded_and_begins_with_the_oldest() -> None:
    digests = [keep_value(number, now=NOW + timedelta(minutes=number)) for number in range(5)]

    removed = contents.prune(unused_since=NOW + timedelta(days=1), limit=2)

    assert removed == 2
    assert set(ReadContent.objects.values_list("pk", flat=True)) == set(digests[2:])


@pytest.fixture
def committed(transactional_db: None) -> str:
    return keep_value("old", now=NOW)


def in_another_thread(work: threading.Thread) -> threading.Thread:
    work.start()
    return work


def use(digest_of: str, *, now: datetime) -> None:
    try:
        keep_value(digest_of, now=now)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_content_that_is_being_used_again_is_not_removed(committed: str) -> None:
    later = NOW + timedelta(days=100)
    with transaction.atomic():
        keep_value("old", now=later)
        found: list[int] = []
        thread = in_another_thread(threading.Thread(target=prune_into, args=(found, later)))
        thread.join(20)
    assert found == [0]
    contents.prune(unused_since=later - timedelta(days=91), limit=10)

    assert contents.load(committed) == "old"


@pytest.mark.django_db(transaction=True)
def test_a_use_that_meets_a_removal_waits_for_it_and_stores_again(committed: str) -> None:
    later = NOW + timedelta(days=100)
    with transaction.atomic():
        assert contents.prune(unused_since=later - timedelta(days=91), limit=10) == 1
        thread = in_another_thread(
            threading.Thread(target=use, args=("old",), kwargs={"now": later})
        )
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(20)

    assert contents.load(committed) == "old"


def prune_into(found: list[int], later: datetime) -> None:
    try:
        found.append(contents.prune(unused_since=later - timedelta(days=91), limit=10))
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_transactions_that_store_the_same_in_another_order_do_not_deadlock() -> None:
    many = [
        Content(sha256=sha256(str(n).encode()), kind="value", raw=str(n).encode())
        for n in range(200)
    ]
    failures: list[Exception] = []

    def store(ordered: list[Content]) -> None:
        try:
            for step in range(20):
                with transaction.atomic():
                    contents.keep(ordered, now=NOW + timedelta(days=2 * step))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=store, args=(many[::step],)) for step in (1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failures == []
    assert ReadContent.objects.count() == 200
