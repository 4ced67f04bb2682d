"""Issue and look up the keys of programs."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import ApiKey, User
from accounts.principals import principal_of
from common import row_scope
from common.canonical import sha256
from common.errors import Unauthenticated

PREFIX = "shk_"


class UnknownApiKey(Unauthenticated):
    """This API key is unknown, expired or revoked."""

    code = "unknown_api_key"


@transaction.atomic
def issue_api_key(
    user: User, *, name: str, acting_user: User, now: datetime, secret: str | None = None
) -> tuple[ApiKey, str]:
    """Make a key for a user and return it with its secret, which is not stored."""
    token = PREFIX + (secret or secrets.token_urlsafe(32))
    key = ApiKey.objects.create(user=user, name=name, digest=sha256(token.encode()))
    audit.record(
        "api_key_issued",
        key,
        chain=principal_of(user).tenant_slug,
        acting_user=acting_user,
        now=now,
        after={"user": user.username, "name": name},
    )
    return key, token


@row_scope.for_the_platform
def user_of_api_key(token: str, *, now: datetime) -> User:
    """Return whose key this is.

    Raises
    ------
    UnknownApiKey
        No usable key has this secret at ``now``.
    """
    key = (
        ApiKey.objects.usable(at=now)
        .select_related("user")
        .filter(digest=sha256(token.encode()))
        .first()
    )
    if key is None:
        raise UnknownApiKey()
    return key.user
