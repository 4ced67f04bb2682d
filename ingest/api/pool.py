"""A bounded number of connections for the event loop, and a bounded number who wait for one."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import connections
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from common.row_scope import PLATFORM, SETTING
from ingest.dialogue import DatabaseAway, DatabaseRefused, Rows, Statement

logger = structlog.get_logger("ingest.api")


class Busy(DatabaseAway):
    """Too many signals at once; nothing was stored, send it again."""

    code = "too_many_signals_at_once"


class SignalPool:
    """Connections of one event loop, in the platform's scope; each statement commits by itself."""

    def __init__(self) -> None:
        self._pool: AsyncConnectionPool[Any] | None = None
        self._opening = asyncio.Lock()

    async def ask(self, statement: Statement) -> Rows:
        """Return the rows of a statement; one that returns none has none.

        Raises
        ------
        Busy
            As many as may wait for a connection do.
        DatabaseAway, DatabaseRefused
        """
        pool, loop = self._pool or await self.open(), asyncio.get_running_loop()
        try:
            # Not the pool's context: its end would commit, and there is nothing to commit.
            connection = await pool.getconn()
            # The server's own limit does not help when the server is gone without a word.
            end = loop.call_later(settings.INGEST_ANSWER_SECONDS, _hang_up, connection)
            try:
                cursor = await connection.execute(statement.sql, statement.parameters, prepare=True)
                returns_rows = cursor.pgresult is not None and cursor.pgresult.nfields
                return await cursor.fetchall() if returns_rows else []
            finally:
                end.cancel()
                await pool.putconn(connection)
        except (TooManyRequests, PoolTimeout) as error:
            logger.warning("signal_not_stored", error=type(error).__name__)
            raise Busy() from None
        except psycopg.Error as error:
            # The driver's message can quote the row, so only its kind is logged.
            logger.error("signal_not_stored", error=type(error).__name__)
            if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
                raise DatabaseAway() from None
            raise DatabaseRefused() from None

    async def open(self) -> AsyncConnectionPool[Any]:
        """Begin to connect; whoever asks before there is a connection waits for one."""
        async with self._opening:
            if self._pool is None:
                pool = AsyncConnectionPool[Any](
                    kwargs=_parameters(),
                    min_size=(settings.INGEST_CONNECTIONS + 1) // 2,
                    max_size=settings.INGEST_CONNECTIONS,
                    max_waiting=settings.INGEST_WAITING_MAX,
                    timeout=settings.INGEST_WAIT_SECONDS,
                    # Its pauses between two attempts double: better it gives up soon, and the
                    # next request makes it begin again.
                    reconnect_timeout=settings.INGEST_RECONNECT_SECONDS,
                    name="ingest",
                    open=False,
                )
                await pool.open()
                self._pool = pool
            return self._pool

    async def close(self) -> None:
        """End the connections, once what they are asked is answered."""
        if self._pool is not None:
            await self._pool.close()


def _hang_up(connection: psycopg.AsyncConnection[Any]) -> None:
    # Whoever waits for an answer sees the end of the connection, as if the server had closed it.
    with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def _parameters() -> dict[str, Any]:
    """Return how Django connects, but in the platform's scope and without its adapters."""
    parameters: dict[str, Any] = connections["default"].get_connection_params()
    for of_django in ("context", "cursor_factory", "prepare_threshold"):
        parameters.pop(of_django, None)
    ours = {
        SETTING: PLATFORM,
        "timezone": "UTC",
        "statement_timeout": settings.INGEST_STATEMENT_TIMEOUT_MS,
    }
    given = parameters.get("options", "")
    parameters["options"] = " ".join(
        [given, *(f"-c {name}={value}" for name, value in ours.items())]
    )
    return parameters | {"autocommit": True}
