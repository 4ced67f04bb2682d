"""Carry the statements of ingest over Django's connection, each a transaction of its own."""

from __future__ import annotations

import structlog
from django.db import Error, InterfaceError, OperationalError, connection, transaction

from ingest.dialogue import DatabaseAway, DatabaseRefused, Question, Room, Rows
from ingest.rates import require_room

logger = structlog.get_logger("ingest.api")


def ask(question: Question) -> Rows:
    """Return the rows of a statement; one that returns none has none.

    Raises
    ------
    DatabaseAway, DatabaseRefused
    TooManySignals
        There is no room for another signal of a producer.
    """
    if isinstance(question, Room):
        require_room(question.producer_id)
        return []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(question.sql, question.parameters)
            return cursor.fetchall() if cursor.description else []
    except Error as error:
        # The driver's message can quote the row, so only its kind is logged.
        logger.error("signal_not_stored", error=type(error).__name__)
        if isinstance(error, (OperationalError, InterfaceError)):
            raise DatabaseAway() from None
        raise DatabaseRefused() from None
