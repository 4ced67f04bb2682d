"""A connection to PostgreSQL that hears what others announce."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from psycopg import sql


@contextmanager
def listening_on(channel: str) -> Iterator[psycopg.Connection]:
    """Yield a connection of its own that listens on a channel.

    What it holds, an advisory lock say, ends with the block.
    """
    listener = connection.copy()
    listener.ensure_connection()
    try:
        raw: psycopg.Connection = listener.connection
        raw.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield raw
    finally:
        listener.close()
