"""Services that ask the database without knowing who carries the question.

A dialogue is a generator: it yields statements, is sent their rows, and returns its result. So the
rules and the SQL of ingest stand once, and are followed alike under WSGI, where a statement goes
over Django's connection, and in an event loop, where it goes over a connection of a pool.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from common.errors import Unavailable

Rows = Sequence[tuple[Any, ...]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of SQL, which is a transaction by itself."""

    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


Dialogue = Generator[Statement, Rows, T]


class DatabaseAway(Unavailable):
    """The signal was not stored; send it again."""

    code = "signal_not_stored"


class DatabaseRefused(Exception):
    """The database refused what it should have taken: a fault of ours. Nothing was stored."""


def hold(dialogue: Dialogue[T], ask: Callable[[Statement], Rows]) -> T:
    """Answer every statement of a dialogue and return its result.

    ``ask`` raises DatabaseAway or DatabaseRefused, which the dialogue hears of as well.
    """
    try:
        statement = next(dialogue)
        while True:
            try:
                rows = ask(statement)
            except (DatabaseAway, DatabaseRefused) as error:
                statement = dialogue.throw(error)
            else:
                statement = dialogue.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result


async def hold_async(dialogue: Dialogue[T], ask: Callable[[Statement], Awaitable[Rows]]) -> T:
    """Do the same in an event loop."""
    try:
        statement = next(dialogue)
        while True:
            try:
                rows = await ask(statement)
            except (DatabaseAway, DatabaseRefused) as error:
                statement = dialogue.throw(error)
            else:
                statement = dialogue.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        dialogue.close()
