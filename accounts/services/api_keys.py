"""Issue, look up and revoke the keys of programs."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts import audit, scopes
from accounts.models import ApiKey, User
from accounts.scopes import EVERYTHING
from common import row_scope
from common.canonical import sha256
from common.errors import Conflict, InvalidInput, NotFound, Unauthenticated

PREFIX = "shk_"
NAME_MAX_LENGTH = 80
LIVE_KEYS_MAX = 50  # of one person; nobody overlooks more


class UnknownApiKey(Unauthenticated):
    """This API key is unknown, expired or revoked."""

    code = "unknown_api_key"


class NoSuchApiKey(NotFound):
    """You have no such key."""

    code = "no_such_api_key"


class InvalidKeyName(InvalidInput):
    """A key needs a name of at most 80 characters, without control characters."""

    code = "invalid_key_name"


class InvalidKeyExpiry(InvalidInput):
    """A key is good for at least a day and at most a year."""

    code = "invalid_key_expiry"


class TooManyKeys(Conflict):
    """You have as many keys as one person can look after; revoke some first."""

    code = "too_many_keys"


@transaction.atomic
def issue_api_key(
    user: User,
    *,
    name: str,
    acting_user: User,
    now: datetime,
    secret: str | None = None,
    given_scopes: Iterable[str] = EVERYTHING,
    days: int | None = None,
) -> tuple[ApiKey, str]:
    """Make a key for a user and return it with its secret, which is not stored.

    Raises
    ------
    InvalidKeyName, InvalidKeyExpiry, accounts.scopes.UnknownScope
        Naming the field.
    TooManyKeys
        The user has as many usable keys as one person may.
    """
    days = settings.API_KEY_DAYS if days is None else days
    if not 1 <= days <= settings.API_KEY_DAYS_MAX:
        raise InvalidKeyExpiry(field="days", limit=settings.API_KEY_DAYS_MAX)
    given = scopes.require_known(given_scopes)
    name = _clean(name)
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if ApiKey.objects.usable(at=now).filter(user=user).count() >= LIVE_KEYS_MAX:
        raise TooManyKeys(limit=LIVE_KEYS_MAX)
    token = PREFIX + (secret or secrets.token_urlsafe(32))
    key = ApiKey.objects.create(
        user=user,
        name=name,
        digest=sha256(token.encode()),
        scopes=given,
        expires_at=now + timedelta(days=days),
    )
    _record("api_key_issued", key, acting_user=acting_user, now=now, after=_described(key))
    return key, token


@transaction.atomic
def revoke_api_key(key_id: int, *, acting_user: User, now: datetime, reason: str = "") -> ApiKey:
    """End one of the acting user's keys; open sockets that it opened close within a second.

    Raises
    ------
    NoSuchApiKey
        It is not theirs, or there is none.
    """
    key = (
        ApiKey.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=key_id, user=acting_user)
        .first()
    )
    if key is None:
        raise NoSuchApiKey()
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        _record(
            "api_key_revoked",
            key,
            acting_user=acting_user,
            now=now,
            before=_described(key),
            after={"revoked_at": now.isoformat()},
            reason=reason,
        )
    return key


@row_scope.for_the_platform
def key_of_secret(token: str, *, now: datetime) -> ApiKey:
    """Return the key that has this secret, and note, roughly, that it was used.

    Raises
    ------
    UnknownApiKey
        No usable key has this secret at ``now``.
    """
    key = (
        ApiKey.objects.usable(at=now)
        .select_related("user")
        .filter(digest=sha256(token.encode(errors="replace")))
        .first()
    )
    if key is None:
        raise UnknownApiKey()
    key.user.granted_scopes = frozenset(key.scopes)
    _note_use(key, now=now)
    return key


def _note_use(key: ApiKey, *, now: datetime) -> None:
    # To a few minutes: a row that every request writes would make requests wait for each other.
    stale = now - timedelta(seconds=settings.API_KEY_SEEN_INTERVAL_SECONDS)
    if key.last_used_at is None or key.last_used_at < stale:
        ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=stale), pk=key.pk).update(
            last_used_at=now
        )


def _clean(name: str) -> str:
    name = name.strip()
    if not name or len(name) > NAME_MAX_LENGTH or not name.isprintable():
        raise InvalidKeyName(field="name")
    return name


def _described(key: ApiKey) -> dict[str, object]:
    return {
        "user": key.user.username,
        "name": key.name,
        "scopes": key.scopes,
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
    }


def _record(
    event: str,
    key: ApiKey,
    *,
    acting_user: User,
    now: datetime,
    before: dict[str, object] | None = None,
    after: dict[str, object],
    reason: str = "",
) -> None:
    audit.record(
        event,
        key,
        chain=audit.chain_of(key),
        acting_user=acting_user,
        now=now,
        before=before,
        after=after,
        reason=reason,
    )
