"""Services that ask the database without knowing who carries the question.

A dialogue is a generator: it yields statements, is sent their rows, and returns its result. So the
rules and the SQL of ingest stand once, and are followed alike under WSGI, where a statement goes
over Django's connection, and in an event loop, where it goes over a connection of a pool.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from common.errors import SignalHubError, Unavailable

Rows = Sequence[tuple[Any, ...]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of SQL, which is a transaction by itself."""

    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Room:
    """Asks whether a producer may send one more: no rows, or RateLimited."""

    producer_id: str


Question = Statement | Room
Dialogue = Generator[Question, Rows, T]


class DatabaseAway(Unavailable):
    """The signal was not stored; send it again."""

    code = "signal_not_stored"


class DatabaseRefused(Exception):
    """The database refused what it should have taken: a fault of ours. Nothing was stored."""


def hold(dialogue: Dialogue[T], ask: Callable[[Question], Rows]) -> T:
    """Answer every question of a dialogue and return its result.

    ``ask`` raises DatabaseAway, DatabaseRefused or RateLimited; the dialogue hears of it first.
    """
    try:
        question = next(dialogue)
        while True:
            try:
                rows = ask(question)
            except (SignalHubError, DatabaseRefused) as error:
                question = dialogue.throw(error)
            else:
                question = dialogue.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result


async def hold_async(dialogue: Dialogue[T], ask: Callable[[Question], Awaitable[Rows]]) -> T:
    """Do the same in an event loop."""
    try:
        question = next(dialogue)
        while True:
            try:
                rows = await ask(question)
            except (SignalHubError, DatabaseRefused) as error:
                question = dialogue.throw(error)
            else:
                question = dialogue.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        dialogue.close()
