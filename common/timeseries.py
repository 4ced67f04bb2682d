"""Tables that are cut into years along a column of time, and the years that they still need.

Without TimescaleDB such a table is partitioned by range. Each partition is protected by the same
row policies as the table itself: whoever asked a partition by its own name would pass by those of
the table. What lies in no year's partition is taken by the default one, so that nothing is ever
refused for its time; ``make_years`` moves it where it belongs and says that it was there.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

# Shorter than PostgreSQL waits before it looks for a deadlock: of two that wait for each other it
# is never the publisher who is sent away. There is a whole year for the next try.
LOCK_PATIENCE = "500ms"
YEARS_AT_ONCE = 10
log = structlog.get_logger(__name__)


def offers_timescaledb(cursor: CursorWrapper) -> bool:
    """Tell whether the server has TimescaleDB."""
    cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'")
    return cursor.fetchone() is not None


def is_partitioned(table: str) -> bool:
    """Tell whether a table is partitioned by us; a hypertable makes its pieces by itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_partitioned_table WHERE partrelid = %s::regclass", [table])
        return cursor.fetchone() is not None


def make_years(table: str, *, unique: str, now: datetime) -> list[str]:
    """Make the partitions that are missing, and return their names.

    Needed are those of this year and the next, and of every year of which there are rows in the
    default partition: these move along, in the same transaction. ``unique`` are the columns that
    no two rows of a partition share.
    """
    made = []
    for year in sorted({now.year, now.year + 1, *_years_in_default(table)}):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_PATIENCE])
            if _has_room_for(cursor, table, year):
                continue
            made.append(make_year(cursor, table, unique=unique, year=year))
    return made


def rows_without_a_year(table: str) -> int:
    """Return how many rows lie in the default partition, where none should, counted to 1,000."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {quote(table + '_default')} LIMIT 1000) r"
        )
        return int(cursor.fetchone()[0])


def make_year(cursor: CursorWrapper, table: str, *, unique: str, year: int) -> str:
    """Make one year's partition in the caller's transaction, and return its name."""
    part = f"{table}_{year}"
    first, last = bounds_of(year)
    cursor.execute(f"CREATE TABLE {quote(part)} (LIKE {quote(table)} INCLUDING ALL)")
    cursor.execute(f"ALTER TABLE {quote(part)} ADD PRIMARY KEY ({unique})")
    moved = _move_from_default(cursor, table, part, first, last)
    cursor.execute(
        f"ALTER TABLE {quote(table)} ATTACH PARTITION {quote(part)} "
        f"FOR VALUES FROM ('{first}') TO ('{last}')"
    )
    protect_like(cursor, table, part)
    if moved:
        log.error("rows_were_without_a_year", table=table, partition=part, rows=moved)
    return part


def protect_like(cursor: CursorWrapper, table: str, part: str) -> None:
    """Give a partition the row policies of its table."""
    cursor.execute(
        "SELECT polname, pg_get_expr(polqual, polrelid) FROM pg_policy "
        "WHERE polrelid = %s::regclass AND polname NOT IN "
        "(SELECT polname FROM pg_policy WHERE polrelid = %s::regclass)",
        [table, part],
    )
    for name, condition in cursor.fetchall():
        quoted = quote(part)
        cursor.execute(f"ALTER TABLE {quoted} ENABLE ROW LEVEL SECURITY")
        cursor.execute(f"ALTER TABLE {quoted} FORCE ROW LEVEL SECURITY")
        cursor.execute(f"CREATE POLICY {quote(name)} ON {quoted} USING ({condition})")


def partitions_of(cursor: CursorWrapper, table: str) -> list[str]:
    """Return the names of a table's partitions."""
    cursor.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass "
        "ORDER BY 1",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def bounds_of(year: int) -> tuple[str, str]:
    """Return the first instant of a year, and that of the next."""
    return f"{year}-01-01T00:00:00Z", f"{year + 1}-01-01T00:00:00Z"


def quote(name: str) -> str:
    """Return a name as it is written in SQL."""
    return str(connection.ops.quote_name(name))


def _years_in_default(table: str) -> list[int]:
    with connection.cursor() as cursor:
        column = quote(_column_of(cursor, table))
        cursor.execute(
            f"SELECT DISTINCT extract(year FROM {column} AT TIME ZONE 'UTC')::int "
            f"FROM {quote(table + '_default')} LIMIT {YEARS_AT_ONCE}"
        )
        return [year for (year,) in cursor.fetchall()]


def _has_room_for(cursor: CursorWrapper, table: str, year: int) -> bool:
    """Tell whether a partition, other than the default one, takes the first instant of a year."""
    cursor.execute(
        "SELECT pg_get_partition_constraintdef(inhrelid) FROM pg_inherits "
        "WHERE inhparent = %s::regclass AND inhrelid <> %s::regclass",
        [table, f"{table}_default"],
    )
    constraints = [text for (text,) in cursor.fetchall()]
    column = _column_of(cursor, table)
    instant, _ = bounds_of(year)
    for constraint in constraints:
        cursor.execute(
            f"SELECT {constraint} FROM (SELECT %s::timestamptz AS {quote(column)}) r",
            [instant],
        )
        if cursor.fetchone()[0]:
            return True
    return False


def _column_of(cursor: CursorWrapper, table: str) -> str:
    cursor.execute(
        "SELECT attname FROM pg_partitioned_table JOIN pg_attribute "
        "ON attrelid = partrelid AND attnum = partattrs[0] WHERE partrelid = %s::regclass",
        [table],
    )
    return str(cursor.fetchone()[0])


def _move_from_default(cursor: CursorWrapper, table: str, part: str, first: str, last: str) -> int:
    default = quote(f"{table}_default")
    column = quote(_column_of(cursor, table))
    # Nothing new may arrive there between the move and the attachment.
    cursor.execute(f"LOCK TABLE {default} IN ACCESS EXCLUSIVE MODE")
    cursor.execute(
        f"WITH moved AS (DELETE FROM {default} WHERE {column} >= %s AND {column} < %s "
        f"RETURNING *) INSERT INTO {quote(part)} SELECT * FROM moved",
        [first, last],
    )
    return int(cursor.rowcount)
