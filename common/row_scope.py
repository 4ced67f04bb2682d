"""In whose name this thread or task talks to the database: the second wall between tenants.

PostgreSQL's row-level security shows a statement only the rows of the scope that its session is
in: a user's, the whole platform's, or nobody's. The scope is a context variable; the connections
of ``common.scoped_postgresql`` carry it over before they make a cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings

SETTING = "signalhub.scope"
PLATFORM = "platform"
NOBODY = ""
P = ParamSpec("P")
T = TypeVar("T")


class Entry:
    """One entry into a scope: of two into the same, each begins with what is so at its time."""

    __slots__ = ("scope",)

    def __init__(self, scope: str) -> None:
        self.scope = scope


_entry: ContextVar[Entry | None] = ContextVar("row_scope", default=None)


def current() -> str:
    """Return the scope: of this context, or else the one that the process began with."""
    entry = _entry.get()
    if entry is None:
        began_with: str = settings.DATABASE_SCOPE
        return began_with
    return entry.scope


def current_entry() -> Entry | None:
    """Return this context's entry into its scope; None: it is still where the process began."""
    return _entry.get()


def scope_of(user_id: int, *, is_superuser: bool = False) -> str:
    """Return the scope of a user; a superuser's is the platform's."""
    return PLATFORM if is_superuser else str(user_id)


def enter(scope: str) -> None:
    """Go on in another scope, until whoever opened this context's scope closes it."""
    _entry.set(Entry(scope))


@contextmanager
def within(scope: str) -> Iterator[None]:
    """Do something in a scope, and be back in the one before, whatever happens."""
    token = _entry.set(Entry(scope))
    try:
        yield
    finally:
        _entry.reset(token)


@contextmanager
def covering(user_id: int) -> Iterator[None]:
    """Decide about a user: in their own scope as it is, about others in the platform's.

    What somebody may do can rest on rows that whoever asks about them must not see.
    """
    if current() in (PLATFORM, str(user_id)):
        yield
        return
    with within(PLATFORM):
        yield


def for_the_platform(function: Callable[P, T]) -> Callable[P, T]:
    """Make a function work in the platform's scope: it decides by itself what it gives away."""

    @wraps(function)
    def in_its_scope(*args: P.args, **kwargs: P.kwargs) -> T:
        with within(PLATFORM):
            return function(*args, **kwargs)

    return in_its_scope


def protect(table: str, condition: str) -> tuple[str, str]:
    """Return the SQL that shows a table's rows to users by a condition only, and its reverse.

    The platform sees all; where no scope is set, nothing is seen and nothing can be written. The
    owner of the tables, as whom we connect, is bound like anybody else.
    """
    forward = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY scope ON {table} USING (
            current_setting('{SETTING}', true) = '{PLATFORM}' OR ({condition})
        );
    """
    backward = f"""
        DROP POLICY scope ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
    """
    return forward, backward
