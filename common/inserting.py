"""Insert many rows of one model at the price of one.

``bulk_create`` writes a parameter for each value of each row into the statement's text; for wide
rows that takes longer than all the rest. Here the rows travel as one JSON parameter, which the
database takes apart by the columns' own types.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)
_INSERT = """
    INSERT INTO {table} ({names})
    SELECT {names} FROM jsonb_to_recordset(%s::jsonb) AS row ({types})
"""


def insert_all(rows: Sequence[Row]) -> Sequence[Row]:
    """Insert new rows of one model in one statement, and return them.

    A key that the database gives is not known afterwards. Fields hold what is stored: numbers,
    text, instants, UUIDs, JSON, or lists of them.

    Raises
    ------
    TypeError
        A field holds something else.
    """
    if not rows:
        return rows
    fields = _fields(type(rows[0]))
    values = [{field.column: getattr(row, field.attname) for field in fields} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(rows[0])), [json.dumps(values, default=_as_json)])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return rows


@lru_cache(maxsize=32)
def _fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]


@lru_cache(maxsize=32)
def _statement(model: type[models.Model]) -> str:
    quote = connection.ops.quote_name
    fields = _fields(model)
    return _INSERT.format(
        table=quote(model._meta.db_table),
        names=", ".join(quote(str(field.column)) for field in fields),
        types=", ".join(
            f"{quote(str(field.column))} {field.db_type(connection)}" for field in fields
        ),
    )


def _as_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be inserted as JSON.")
