"""The table of outputs, cut into years: nothing lost on the way, and always room for the next."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from common import timeseries
from common.row_scope import NOBODY, within
from streams.models import Output, Stream
from streams.publishing import NewOutput, publish_outputs
from streams.queries import outputs_after

migration = importlib.import_module("streams.migrations.0007_outputs_by_year")
pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
FAR = datetime(NOW.year + 7, 5, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def by_hand() -> None:
    if not timeseries.is_partitioned("streams_output"):
        pytest.skip("this server cuts tables by itself")


def publish_at(stream: Stream, *instants: datetime) -> None:
    for instant in instants:
        with transaction.atomic():
            publish_outputs(stream, [NewOutput(value=instant.year, timestamp=instant)], now=instant)


def places() -> list[str]:
    """Return the partition of each output, by its number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM streams_output ORDER BY seq")
        return [place for (place,) in cursor.fetchall()]


def test_an_output_lies_in_the_year_in_which_it_was_published(stream: Stream) -> None:
    next_year = NOW.replace(year=NOW.year + 1, day=1)

    publish_at(stream, NOW.replace(year=NOW.year - 3, day=1), NOW, next_year)

    assert places() == [
        "streams_output_earlier",
        f"streams_output_{NOW.year}",
        f"streams_output_{NOW.year + 1}",
    ]
    assert [output.seq for output in outputs_after(stream, 0, 10)] == [1, 2, 3]


def test_the_database_keeps_a_streams_numbers_apart(stream: Stream) -> None:
    publish_at(stream, NOW)

    with pytest.raises(IntegrityError, match="streams_output_"), transaction.atomic():
        Output.objects.create(stream=stream, seq=1, timestamp=NOW, created_at=NOW)


def test_an_output_without_a_year_is_kept_told_of_and_moved_when_its_year_is_made(
    stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    publish_at(stream, NOW, FAR)
    assert places()[1] == "streams_output_default"
    assert timeseries.rows_without_a_year("streams_output") == 1

    made = timeseries.make_years("streams_output", unique="stream_id, seq", now=FAR)

    assert made == [f"streams_output_{FAR.year}", f"streams_output_{FAR.year + 1}"]
    assert places()[1] == f"streams_output_{FAR.year}"
    assert timeseries.rows_without_a_year("streams_output") == 0
    assert "rows_were_without_a_year" in caplog.text
    assert timeseries.make_years("streams_output", unique="stream_id, seq", now=FAR) == []


def test_every_partition_is_protected_as_the_table_is(stream: Stream) -> None:
    publish_at(stream, NOW, FAR)
    timeseries.make_years("streams_output", unique="stream_id, seq", now=FAR)
    with connection.cursor() as cursor:
        partitions = timeseries.partitions_of(cursor, "streams_output")

    with within(NOBODY), connection.cursor() as cursor:
        for partition in partitions:
            cursor.execute(f"SELECT count(*) FROM {partition}")
            assert cursor.fetchone() == (0,), partition
    assert Output.objects.count() == 2


@pytest.fixture
def one_table(stream: Stream) -> None:
    """Go back to the one table that there was before, with outputs of several years."""
    publish_at(stream, NOW.replace(year=NOW.year - 1, day=1), NOW)
    with connection.schema_editor(atomic=False) as editor:
        connection.check_constraints()
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        migration.join(apps, editor)


def test_what_was_there_before_stays_in_order_both_ways(stream: Stream, one_table: None) -> None:
    before = list(Output.objects.order_by("seq").values())
    publish_at(stream, NOW)
    with pytest.raises(IntegrityError, match="one_output_per_number"), transaction.atomic():
        Output.objects.create(stream=stream, seq=1, timestamp=NOW, created_at=FAR)

    with connection.schema_editor(atomic=False) as editor:
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        migration.cut(apps, editor)
    publish_at(stream, NOW.replace(year=NOW.year + 1, day=1))

    after = list(Output.objects.order_by("seq").values())
    assert after[:2] == before
    assert [row["seq"] for row in after] == [1, 2, 3, 4]
    assert len({row["id"] for row in after}) == 4
    assert places() == ["streams_output_earlier"] * 3 + [f"streams_output_{NOW.year + 1}"]
    with within(NOBODY):
        assert not Output.objects.exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM streams_output_earlier")
            assert cursor.fetchone() == (0,)
