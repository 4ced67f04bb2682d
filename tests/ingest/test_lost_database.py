"""What the hot path does when its database is gone, with a word or without."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from django.db import connection
from pytest_django import Settings

from ingest.api.pool import SignalPool
from ingest.dialogue import DatabaseAway, Rows, Statement
from tests.faults.proxy import Link, network

pytestmark = pytest.mark.django_db(transaction=True)

ONE = Statement("SELECT 1", {})
PATIENCE_SECONDS = 20.0
FOREVER_SECONDS = 2 * PATIENCE_SECONDS


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> Iterator[Link]:
    """Put a link between the pool and the database."""
    given = connection.settings_dict
    with network() as net:
        link = net.link_to(given["HOST"], int(given["PORT"]))
        monkeypatch.setitem(given, "PORT", str(link.port))
        yield link


def with_a_pool(work: Callable[[SignalPool], Awaitable[Rows]]) -> Rows:
    """Do something with a pool of which every connection is made already."""

    async def do() -> Rows:
        pool = SignalPool()
        try:
            assert await pool.ask(ONE) == [(1,)]
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(do())


def test_a_database_that_has_gone_silent_is_given_up_and_another_connection_is_made(
    link: Link, settings: Settings
) -> None:
    settings.INGEST_CONNECTIONS = 1
    settings.INGEST_ANSWER_SECONDS = 0.2

    async def ask_in_silence(pool: SignalPool) -> Rows:
        link.go_silent(FOREVER_SECONDS)
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(DatabaseAway):
                await pool.ask(ONE)
        return await pool.ask(ONE)

    assert with_a_pool(ask_in_silence) == [(1,)]


def test_a_statement_that_is_answered_leaves_its_connection_alone(
    link: Link, settings: Settings
) -> None:
    settings.INGEST_CONNECTIONS = 1
    settings.INGEST_ANSWER_SECONDS = 0.2
    whose = Statement("SELECT pg_backend_pid()", {})

    async def ask_twice(pool: SignalPool) -> Rows:
        first = await pool.ask(whose)
        await asyncio.sleep(2 * settings.INGEST_ANSWER_SECONDS)
        assert await pool.ask(whose) == first
        return first

    assert with_a_pool(ask_twice)
