"""Carry the statements of ingest over Django's connection, each a transaction of its own."""

from __future__ import annotations

import structlog
from django.db import Error, InterfaceError, OperationalError, connection, transaction

from ingest.dialogue import DatabaseAway, DatabaseRefused, Rows, Statement

logger = structlog.get_logger("ingest.api")


def ask(statement: Statement) -> Rows:
    """Return the rows of a statement; one that returns none has none.

    Raises
    ------
    DatabaseAway, DatabaseRefused
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.parameters)
            return cursor.fetchall() if cursor.description else []
    except Error as error:
        # The driver's message can quote the row, so only its kind is logged.
        logger.error("signal_not_stored", error=type(error).__name__)
        if isinstance(error, (OperationalError, InterfaceError)):
            raise DatabaseAway() from None
        raise DatabaseRefused() from None
