"""The tables as migrations leave them, made once in a run: its other processes copy them.

``tools/run_tests.py`` names its run. Whoever runs pytest by hand has one database, and migrates it.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

RUN = "TESTS_RUN"
PREFIX = "migrated_"
LOCK = 710_225  # one process at a time makes a database, or looks for one to copy
DATABASES = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"


class SharedTemplate:
    """Lets this process copy the database that another one migrated, or be the one that does."""

    def __init__(self, run: str) -> None:
        self._name = PREFIX + run
        parameters: dict[str, Any] = connection.get_connection_params()
        keys = ("host", "port", "user", "password", "dbname")
        self._server = psycopg.connect(
            **{key: parameters[key] for key in keys if key in parameters}, autocommit=True
        )
        self._server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        self._is_there = self._name in self._templates()
        if self._is_there:
            connection.settings_dict["TEST"]["TEMPLATE"] = self._name

    def share(self) -> None:
        """Offer this process's database for copying, if there was none; let the next one begin."""
        if not self._is_there and not _has_workers():
            connection.close()
            for name in self._templates():
                self._run("DROP DATABASE {}", name)
            self._run("CREATE DATABASE {} TEMPLATE {}", self._name, _name_of_database())
        self._server.close()

    def _templates(self) -> list[str]:
        return [name for (name,) in self._server.execute(DATABASES, [PREFIX])]

    def _run(self, statement: str, *names: str) -> None:
        self._server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _has_workers() -> bool:
    # TimescaleDB's own processes are at work in its databases, which can't be copied meanwhile.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'")
        return cursor.fetchone() is not None


def _name_of_database() -> str:
    return str(connection.settings_dict["NAME"])
