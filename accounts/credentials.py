"""What somebody signed in with, and whether it still counts.

A request is checked when it comes. A socket stays open, so what opened it is asked about again and
again: ``ended_credentials`` answers for many at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from accounts.models import ApiKey, BrowserSession, TokenFamily, User
from accounts.scopes import EVERYTHING
from common import row_scope


class Kind(StrEnum):
    """What kinds there are."""

    API_KEY = "key"
    TOKEN = "token"
    SESSION = "session"
    EDGE = "edge"  # an API gateway in front of us said who it is


@dataclass(frozen=True)
class Credential:
    """A key, a family of tokens or a browser's session, as it stood when it was shown.

    ``stamp`` is the user's at that time; for keys, which outlive passwords, it is empty.
    """

    kind: Kind
    id: str
    user_id: int
    stamp: str = ""
    scopes: frozenset[str] = EVERYTHING


def of_key(key: ApiKey) -> Credential:
    """Return the credential that a key is."""
    return Credential(Kind.API_KEY, str(key.pk), key.user_id, scopes=frozenset(key.scopes))


def of_session(user: User, session: Any) -> Credential:
    """Return the credential that a browser's session is; without a session, one that is over."""
    return Credential(Kind.SESSION, getattr(session, "session_key", "") or "", user.pk, user.stamp)


def credential_of(request: Any) -> Credential:
    """Return what an authenticated request was signed in with."""
    given = getattr(request, "auth", None)
    if isinstance(given, Credential):
        return given
    if getattr(request, "edge_user", None) is not None:
        return Credential(Kind.EDGE, str(request.user.pk), request.user.pk)
    return of_session(request.user, getattr(request, "session", None))


@row_scope.for_the_platform
def ended_credentials(credentials: Collection[Credential], *, at: datetime) -> set[Credential]:
    """Return which of some credentials no longer count, with one query for each kind there is."""
    ids = {kind: {one.id for one in credentials if one.kind is kind} for kind in Kind}
    users = User.objects.filter(pk__in={one.user_id for one in credentials}, is_active=True)
    stamps = {user.pk: user.stamp for user in users.only("password", "second_factor_since")}
    standing = {
        Kind.EDGE: ids[Kind.EDGE],
        Kind.API_KEY: _found(ApiKey.objects.usable(at=at), ids[Kind.API_KEY]),
        Kind.TOKEN: _found(TokenFamily.objects.standing(at=at), ids[Kind.TOKEN]),
        Kind.SESSION: _found(BrowserSession.objects.filter(expire_date__gt=at), ids[Kind.SESSION]),
    }
    return {
        one
        for one in credentials
        if one.user_id not in stamps
        or one.stamp not in ("", stamps[one.user_id])
        or one.id not in standing[one.kind]
    }


def _found(rows: Any, ids: set[str]) -> set[str]:
    return (
        {str(pk) for pk in rows.filter(pk__in=ids).values_list("pk", flat=True)} if ids else set()
    )
