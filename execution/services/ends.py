"""Write the ends of many attempts at once: those that still hold their lease, and no other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Field

from execution.models import Execution

KEY = ("id", "fence")
# Locked in the order of ids, so that nobody waits for another in a ring.
WRITE = """
WITH ending AS (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS given ({types})
), held AS (
    SELECT e.id FROM execution_execution AS e
    JOIN ending ON e.id = ending.id AND e.fence = ending.fence
    WHERE e.status = 'running' ORDER BY e.id FOR UPDATE OF e
)
UPDATE execution_execution AS e
SET {values}, finished_at = %s, lease_until = NULL
FROM ending JOIN held USING (id) WHERE e.id = ending.id
RETURNING e.id
"""


def write_ends(rows: Sequence[Mapping[str, Any]], *, now: datetime) -> set[UUID]:
    """Write columns of executions whose attempts are over; return the ids of those that counted.

    Each row names the execution and the fence of the attempt; an attempt that lost its lease to a
    later one changes nothing.
    """
    written: set[UUID] = set()
    with connection.cursor() as cursor:
        for names in dict.fromkeys(tuple(row) for row in rows):
            alike = [row for row in rows if tuple(row) == names]
            cursor.execute(_statement(names), [json.dumps(alike, cls=DjangoJSONEncoder), now])
            written |= {pk for (pk,) in cursor.fetchall()}
    return written


@lru_cache(maxsize=16)
def _statement(names: tuple[str, ...]) -> str:
    fields = [
        field for name in names if isinstance(field := Execution._meta.get_field(name), Field)
    ]
    types = ", ".join(f'"{field.column}" {field.db_type(connection)}' for field in fields)
    values = ", ".join(
        f'"{field.column}" = ending."{field.column}"' for field in fields if field.name not in KEY
    )
    return WRITE.format(types=types, values=values)
