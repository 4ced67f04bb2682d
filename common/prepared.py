"""Statements that PostgreSQL plans once a connection: where planning takes longer than the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import psycopg
from django.db import connection


def fetch_prepared(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a statement, in this context's row scope and its transaction.

    The values travel beside the statement, so where their types cannot be told from the columns
    they meet, the statement has to cast them.
    """
    # The second cursor is of the same connection, which the first has put into its scope.
    with connection.cursor() as scoped:
        prepared: Any = _PreparingCursor(scoped.connection)
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(prepared) as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


class _PreparingCursor(psycopg.Cursor[tuple[Any, ...]]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        return super().execute(query, params, prepare=True, **options)
