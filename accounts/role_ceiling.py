"""The roles that somebody may use in this request: what an API gateway said can take some away.

Like the row scope it is a context variable, so that every decision of a request rests on it,
whoever asks. It never gives a role: it is compared with what the database says.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar

from accounts.models import Role

_ceiling: ContextVar[tuple[int, frozenset[str]] | None] = ContextVar("role_ceiling", default=None)


def lift() -> None:
    """Begin a request: nothing is taken from anybody."""
    _ceiling.set(None)


def lower(user_id: int, roles: frozenset[str]) -> None:
    """Take from a user, for the rest of this request, every role that is not among these.

    Names that are no roles of ours change nothing: they are another platform's.
    """
    _ceiling.set((user_id, roles))


def narrowed(user_id: int, held: Iterable[str]) -> frozenset[str]:
    """Return what is left of the roles that the database says a user holds.

    An administrator holds every role, so one who is let in as an author only is an author.
    """
    roles = frozenset(held)
    said = _said_of(user_id)
    if said is None or Role.ADMIN in said:
        return roles
    if Role.ADMIN in roles:
        roles = frozenset(Role.values)
    return roles & said


def counting(user_id: int, roles: Iterable[Role]) -> list[Role]:
    """Return which rows of memberships count for a user where one of some roles is asked for."""
    asked = list(roles)
    said = _said_of(user_id)
    if said is None or Role.ADMIN in said:
        return asked
    left = [role for role in asked if role in said]
    # Whoever is an administrator may be let in as any of them.
    return [*left, Role.ADMIN] if left and Role.ADMIN in asked else left


def _said_of(user_id: int) -> frozenset[str] | None:
    found = _ceiling.get()
    return found[1] if found is not None and found[0] == user_id else None
