"""How answers are taken apart to be kept once, and put together again. Plain data.

A table is kept as pieces whose ends are fixed by the instant, not by where a window begins. So
neighbouring windows of one series share every piece but the first and the last.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from common.canonical import canonical_json, sha256
from gateway.requests import Table

Kind = Literal["value", "table", "piece"]

# How many of a series' smallest steps one piece covers; measured in docs/adr/0007-capsules.md.
STEPS_PER_PIECE = 32


class ContentAltered(Exception):
    """Stored content is not what its digest says."""

    def __init__(self, found: str = "something that cannot be read") -> None:
        super().__init__(found)


@dataclass(frozen=True, kw_only=True)
class Content:
    """Something kept under a digest."""

    sha256: str
    kind: Kind
    raw: bytes


def digest_of_table(table: Table) -> str:
    """Return the SHA-256 of a table: its instants, then each column's name and numbers."""
    content = hashlib.sha256(table.index_ns.tobytes())
    for name, values in table.columns.items():
        content.update(name.encode())
        content.update(values.tobytes())
    return content.hexdigest()


def contents_of(answer: Table | bytes, digest: str) -> list[Content]:
    """Return what to keep of an answer: a table, or the canonical JSON of a value."""
    if isinstance(answer, bytes):
        return [Content(sha256=digest, kind="value", raw=answer)]
    pieces = list(_pieces(answer))
    recipe = {"columns": list(answer.columns), "pieces": [piece.sha256 for piece in pieces]}
    return [*pieces, Content(sha256=digest, kind="table", raw=canonical_json(recipe))]


def pieces_of(recipe: bytes) -> list[str]:
    """Return the digests of the pieces that a table is made of."""
    return list(_parsed(recipe)["pieces"])


def value_of(digest: str, raw: bytes) -> Any:
    """Return a value, proven to be the one with this digest."""
    if (found := sha256(raw)) != digest:
        raise ContentAltered(found)
    return json.loads(raw)


def table_of(digest: str, recipe: bytes, pieces: Mapping[str, bytes]) -> Table:
    """Return a table put together from its pieces, each of them and the whole proven."""
    described = _parsed(recipe)
    names = described["columns"]
    parts = [_rows(pieces[wanted], wanted, len(names)) for wanted in described["pieces"]]
    whole = np.concatenate(parts, axis=1) if parts else np.empty((len(names) + 1, 0), dtype="<i8")
    table = Table(
        index_ns=np.ascontiguousarray(whole[0]),
        columns={
            name: np.ascontiguousarray(column).view("<f8")
            for name, column in zip(names, whole[1:], strict=True)
        },
    )
    if (found := digest_of_table(table)) != digest:
        raise ContentAltered(found)
    return table


def size_of(answer: Table | bytes | None) -> int:
    """Return how many bytes an answer has before it is compressed; none has 0."""
    if isinstance(answer, Table):
        return 8 * answer.rows * (1 + len(answer.columns))
    return len(answer or b"")


def _pieces(table: Table) -> Iterator[Content]:
    edges = [0, *_cuts(table), table.rows]
    for begin, end in pairwise(edges):
        if begin == end:
            continue
        columns = [table.index_ns[begin:end], *(c[begin:end] for c in table.columns.values())]
        raw = b"".join(column.tobytes() for column in columns)
        yield Content(sha256=sha256(raw), kind="piece", raw=raw)


def _cuts(table: Table) -> list[int]:
    # A power of two above the smallest step: the same for every window of one series, whatever
    # its weekends and holidays.
    if table.rows < 2:
        return []
    step = max(1, int(np.diff(table.index_ns).min()))
    span = min(STEPS_PER_PIECE << (step - 1).bit_length(), 1 << 62)
    cuts: list[int] = (np.flatnonzero(np.diff(table.index_ns // span)) + 1).tolist()
    return cuts


def _rows(raw: bytes, digest: str, columns: int) -> Any:
    if (found := sha256(raw)) != digest or len(raw) % (8 * (columns + 1)):
        raise ContentAltered(found)
    return np.frombuffer(raw, dtype="<i8").reshape(columns + 1, -1)


def _parsed(recipe: bytes) -> dict[str, Any]:
    try:
        described = json.loads(recipe)
        names, pieces = described["columns"], described["pieces"]
    except (ValueError, TypeError, KeyError):
        raise ContentAltered from None
    if not all(isinstance(text, str) for text in [*names, *pieces]):
        raise ContentAltered
    return {"columns": names, "pieces": pieces}
