"""The database emptied after a test that commits: what was written is deleted.

Django truncates every table, for which PostgreSQL makes the files of each table and index anew,
hundreds of them, and then writes again what the migrations wrote. That takes many times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import sql

from common import row_scope

# What migrations put there, and Django after them; hardly any test changes it.
SEEDED = ("accounts_tier", "auth_permission", "django_content_type")
NEVER_EMPTIED = ("accounts_auditevent", "accounts_audithead")
# Rows that were deleted stay in the files, and each reader passes them; truncating ends that.
MOST_BYTES = 4 * 1024 * 1024
SIZES = """
    SELECT relname, size FROM pg_class, LATERAL (
        SELECT pg_relation_size(pg_class.oid) + coalesce(sum(pg_relation_size(relid)), 0) AS size
        FROM pg_partition_tree(pg_class.oid)
    ) AS files
    WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s) AND size > 0
"""


class Emptying:
    """Empties the tables of the tests' database, whose migrations have just run."""

    def __init__(self) -> None:
        introspection = connection.introspection
        names = introspection.django_table_names(only_existing=True, include_views=False)
        self._emptied = sorted({*names} - {*SEEDED})
        self._seeded = _contents(SEEDED)

    def empty(self, truncate: Callable[[], None]) -> None:
        """Leave the tables as the migrations did; truncate them where deleting will not do."""
        with row_scope.within(row_scope.PLATFORM):
            if not self._has_deleted():
                with transaction.atomic(), without_triggers(*NEVER_EMPTIED):
                    truncate()
                self._seeded = _contents(SEEDED)

    def _has_deleted(self) -> bool:
        with transaction.atomic():
            # Whoever still writes ends first. Readers, as a server's last look, disturb nothing.
            _run("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", [*self._emptied, *SEEDED])
            with connection.cursor() as cursor:
                cursor.execute(SIZES, [self._emptied])
                sizes = dict(cursor.fetchall())
            if sum(sizes.values()) > MOST_BYTES or _contents(SEEDED) != self._seeded:
                return False
            with without_triggers(*sizes):
                _run_for_each("DELETE FROM {}", sizes)
                _run("SET CONSTRAINTS ALL IMMEDIATE")
        return True


@contextmanager
def without_triggers(*tables: str) -> Iterator[None]:
    """Allow what triggers forbid everywhere else: emptying tables whose rows are to stay."""
    _run_for_each("ALTER TABLE {} DISABLE TRIGGER USER", tables)
    yield
    _run_for_each("ALTER TABLE {} ENABLE TRIGGER USER", tables)


def _contents(tables: Iterable[str]) -> list[str | None]:
    digest = "(SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {} AS t)"
    columns = sql.SQL(", ").join(sql.SQL(digest).format(sql.Identifier(name)) for name in tables)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {}").format(columns))
        return list(cursor.fetchone() or ())


def _run(statement: str, tables: Iterable[str] = ()) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(names))


def _run_for_each(statement: str, tables: Iterable[str]) -> None:
    each = [sql.SQL(statement).format(sql.Identifier(name)) for name in tables]
    with connection.cursor() as cursor:
        if each:
            cursor.execute(sql.SQL("; ").join(each))
