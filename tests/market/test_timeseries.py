"""The bars' table as its migration makes it: cut into years, whatever the server offers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection, models
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import OperationWriter

from market.services.bars import record_history
from market.timeseries import CreateTimeSeriesModel
from tests.market.prices import LATER, make_instrument, new_bar

pytestmark = pytest.mark.django_db


def tick_table() -> CreateTimeSeriesModel:
    return CreateTimeSeriesModel(
        "Sample",
        [
            ("pk", models.CompositePrimaryKey("key", "at")),
            ("key", models.CharField(max_length=10, db_index=True)),
            ("at", models.DateTimeField()),
        ],
        time_column="at",
        years=(2020, 2021),
    )


def tables(prefix: str) -> list[str]:
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    return sorted(name for name in names if name.startswith(prefix))


def partitions(parent: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relid::text FROM pg_partition_tree(%s) WHERE isleaf", [parent])
        return sorted(name for (name,) in cursor.fetchall())


@pytest.fixture
def timescaledb() -> bool:
    """Tell whether the server offers TimescaleDB."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'")
        return cursor.fetchone() is not None


@pytest.fixture
def without_timescaledb(timescaledb: bool) -> None:
    if timescaledb:
        pytest.skip("this server offers TimescaleDB, so nothing is partitioned by hand")


@pytest.fixture
def with_timescaledb(timescaledb: bool) -> None:
    if not timescaledb:
        pytest.skip("this server does not offer TimescaleDB")


@pytest.mark.usefixtures("with_timescaledb")
def test_with_timescaledb_the_bars_are_a_hypertable_cut_into_years() -> None:
    make_instrument("AAPL")
    days = [datetime(year, 6, 1, tzinfo=UTC) for year in (2001, 2003, 2009)]

    record_history([new_bar(opened_at=day) for day in days], now=LATER)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM timescaledb_information.chunks "
            "WHERE hypertable_name = 'market_bar'"
        )
        assert cursor.fetchone() == (3,)


@pytest.mark.usefixtures("without_timescaledb")
def test_a_table_is_cut_into_years_and_removed_whole() -> None:
    operation, before, after = tick_table(), ProjectState(), ProjectState()
    operation.state_forwards("market", after)

    with connection.schema_editor() as editor:
        operation.database_forwards("market", editor, before, after)

    assert partitions("market_sample") == [
        "market_sample_2020",
        "market_sample_2021",
        "market_sample_default",
    ]
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "market_sample")
    assert ["key", "at"] in [c["columns"] for c in constraints.values() if c["primary_key"]]
    assert constraints["market_sample_at_brin"]["type"] == "brin"
    assert ["key"] in [c["columns"] for c in constraints.values() if c["index"]]

    with connection.schema_editor() as editor:
        operation.database_backwards("market", editor, after, before)

    assert tables("market_sample") == []


def test_the_operation_can_be_written_down() -> None:
    text, imports = OperationWriter(tick_table()).serialize()

    assert "import market.timeseries" in imports
    assert "time_column='at'" in text
    assert "years=(2020, 2021)" in text


@pytest.mark.usefixtures("without_timescaledb")
def test_a_bar_lies_in_the_partition_of_its_year() -> None:
    make_instrument("AAPL")
    instants = [datetime(1999, 12, 31, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)]
    record_history([new_bar(opened_at=instant) for instant in instants], now=LATER)

    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM market_bar ORDER BY opened_at")
        places = [place for (place,) in cursor.fetchall()]

    assert places == ["market_bar_default", "market_bar_2000"]


@pytest.mark.usefixtures("without_timescaledb")
def test_a_read_of_recent_bars_touches_few_partitions() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN SELECT 1 FROM market_bar WHERE instrument_key = 'AAPL' AND timeframe = '1d' "
            "AND opened_at > '2010-06-01' AND opened_at < '2012-06-01'"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    touched = [name for name in partitions("market_bar") if f"on {name} " in plan]
    assert touched == ["market_bar_2010", "market_bar_2011", "market_bar_2012"]
