"""What a database holds, kept and put back: for what takes long and many tests begin with."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from psycopg import sql

from common import row_scope
from tests.emptying import SEEDED, without_triggers

SCHEMA = "kept"
# A generated column can be read, but is never written.
COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY attnum
"""
SEQUENCES = """
    SELECT sequencename, last_value FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
"""


class Snapshot:
    """All rows but those of the migrations, as they were committed when it was taken."""

    def __init__(self) -> None:
        self._columns: dict[str, list[str]] = {}
        with row_scope.within(row_scope.PLATFORM), transaction.atomic():
            _run("DROP SCHEMA IF EXISTS {schema} CASCADE")
            _run("CREATE SCHEMA {schema}")
            for table in _tables():
                if _run("SELECT EXISTS (SELECT FROM {table})", table) == [(True,)]:
                    self._keep(table)
            self._numbers = _run(SEQUENCES)

    def restore(self) -> None:
        """Put the rows back into tables that are as a test leaves them."""
        with (
            row_scope.within(row_scope.PLATFORM),
            transaction.atomic(),
            without_triggers(*self._columns),
        ):
            for table, columns in self._columns.items():
                _run("DELETE FROM {table}", table)  # what a trigger noted when tiers came back
                _run("INSERT INTO {table} ({columns}) TABLE {schema}.{table}", table, columns)
            with connection.cursor() as cursor:
                cursor.executemany("SELECT setval(quote_ident(%s)::regclass, %s)", self._numbers)
                # PostgreSQL switches no trigger on again while a foreign key is yet to be checked.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def _keep(self, table: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(COLUMNS, [f'"{table}"'])
            columns = self._columns[table] = [name for (name,) in cursor.fetchall()]
        _run("CREATE TABLE {schema}.{table} AS SELECT {columns} FROM {table}", table, columns)


def _tables() -> list[str]:
    introspection = connection.introspection
    names = introspection.django_table_names(only_existing=True, include_views=False)
    return sorted({*names} - {*SEEDED})


def _run(
    statement: str, table: str = "", columns: list[str] | None = None
) -> list[tuple[Any, ...]]:
    whole = sql.SQL(statement).format(
        schema=sql.Identifier(SCHEMA),
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns or [])),
    )
    with connection.cursor() as cursor:
        cursor.execute(whole)
        return cursor.fetchall() if cursor.description else []
