"""The audit trail as CSV: a row at a time, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from accounts.models import AuditEvent

COLUMNS = (
    "chain",
    "position",
    "at",
    "event",
    "actor_name",
    "object_type",
    "object_id",
    "before",
    "after",
    "reason",
    "previous_hash",
    "event_hash",
)
FETCHED_AT_ONCE = 2000
# What a spreadsheet takes for the beginning of a formula, also after white space
# and in full width.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class _Echo:
    """Gives back each line that the csv module writes."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: QuerySet[AuditEvent]) -> Iterator[str]:
    """Return the lines of the file, oldest event first within a chain, with a line of names."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    ordered = rows.order_by("chain", "position").values_list(*COLUMNS)
    for row in ordered.iterator(chunk_size=FETCHED_AT_ONCE):
        yield writer.writerow([cell_of(value) for value in row])


def cell_of(value: Any) -> str:
    """Return a value as a cell that no spreadsheet computes: a formula becomes text."""
    if isinstance(value, dict):
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    elif hasattr(value, "isoformat"):
        text = value.isoformat()
    else:
        text = str(value)
    text = text.replace("\x00", "")
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
