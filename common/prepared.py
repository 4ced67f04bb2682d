"""Statements that PostgreSQL plans once a connection: where planning takes longer than the rest."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection


def fetch_prepared(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a statement, in this context's row scope and its transaction.

    The values travel beside the statement, so where their types cannot be told from the columns
    they meet, the statement has to cast them.
    """
    began = time.monotonic()
    # The second cursor is of the same connection, which the first has put into its scope.
    with (
        connection.cursor() as scoped,
        connection.wrap_database_errors,
        psycopg.Cursor(scoped.connection) as cursor,
    ):
        rows = cursor.execute(statement, values, prepare=True).fetchall()
    if connection.queries_logged:  # as Django notes those of its own cursors
        took = time.monotonic() - began
        connection.queries_log.append({"sql": statement, "time": f"{took:.3f}"})
    return rows
