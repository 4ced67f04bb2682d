"""Tokens for programs in a person's name: give, refresh, look up and end them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit, blacklist, jwt
from accounts.credentials import Credential, Kind
from accounts.jwt import Claims, TokenNotValid, Use
from accounts.models import RevokedToken, TokenFamily, User
from common import row_scope

CLIENT_MAX_LENGTH = 80
# Asked for every request with a token; written by hand it costs a quarter of what building it does.
WHOSE = """
SELECT u.* FROM accounts_user u
WHERE u.id = %(user)s AND u.is_active
  AND EXISTS (
    SELECT FROM accounts_tokenfamily f
    WHERE f.id = %(family)s AND f.user_id = u.id AND f.ended_at IS NULL AND f.expires_at > %(now)s)
  AND NOT EXISTS (SELECT FROM accounts_revokedtoken r WHERE r.jti = %(jti)s)
"""


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    """What a program is given, once."""

    access: str
    refresh: str
    expires_in: int
    refresh_expires_in: int


@row_scope.for_the_platform
@transaction.atomic
def start_family(user: User, *, client: str = "", now: datetime) -> TokenPair:
    """Give somebody who has just signed in their first pair."""
    family = TokenFamily(
        user=user,
        refresh_jti=jwt.new_jti(),
        client=client[:CLIENT_MAX_LENGTH],
        created_at=now,
        refreshed_at=now,
        ends_at=now + timedelta(seconds=settings.TOKEN_FAMILY_SECONDS),
    )
    family.expires_at = _refresh_ends(family, now=now)
    family.save(force_insert=True)
    _record("tokens_given", family, acting_user=user, now=now, after={"client": family.client})
    return _pair(family, user, now=now)


@row_scope.for_the_platform
def refresh_family(token: str, *, now: datetime) -> TokenPair:
    """Return the next pair for a refresh token, which is worthless from then on.

    Raises
    ------
    TokenNotValid
        It is none, or was used before: then somebody else has a copy, and the family ends.
    """
    claims = jwt.decode(token, Use.REFRESH, now=now)
    with transaction.atomic():
        family = _locked_family(claims)
        user = family.user
        if family.refresh_jti != claims.jti:
            _end([family], reason="refresh token used twice", acting_user=None, now=now)
        elif _is_good(family, user, claims, now=now):
            blacklist.add(
                claims.jti, user.pk, expires_at=claims.expires_at, reason="refreshed", now=now
            )
            family.refresh_jti, family.refreshed_at = jwt.new_jti(), now
            family.expires_at = _refresh_ends(family, now=now)
            family.save(update_fields=["refresh_jti", "refreshed_at", "expires_at"])
            return _pair(family, user, now=now)
    # Outside the block: what was ended stays ended.
    raise TokenNotValid()


@row_scope.for_the_platform
def user_of_access_token(token: str, *, now: datetime) -> tuple[User, Credential]:
    """Return whose access token this is, and the family that it belongs to.

    One query decides: the user is active, the family stands and the token was not revoked, all as
    of the same instant.

    Raises
    ------
    TokenNotValid, accounts.jwt.TokenExpired
        It is none, or it was ended: alone, with its family, or with its user's password.
    """
    claims = jwt.decode(token, Use.ACCESS, now=now)
    if blacklist.is_remembered(claims.jti):
        raise TokenNotValid()
    found = User.objects.raw(
        WHOSE,
        {"user": claims.user_id, "family": claims.family_id, "jti": claims.jti, "now": now},
    )
    user = next(iter(found), None)
    if user is None or user.stamp != claims.stamp or user.must_enrol:
        _remember_if_revoked(claims, now=now)
        raise TokenNotValid()
    return user, Credential(Kind.TOKEN, str(claims.family_id), user.pk, claims.stamp)


@row_scope.for_the_platform
@transaction.atomic
def revoke_token(token: str, *, now: datetime) -> None:
    """Sign out: end a token, access or refresh, and everything of its family.

    Raises
    ------
    TokenNotValid
        It is not one of ours. One that has run out or was ended before is no error.
    """
    claims = _either(token, now=now)
    family = _locked_family(claims)
    blacklist.add(
        claims.jti, family.user_id, expires_at=claims.expires_at, reason="signed out", now=now
    )
    if family.ended_at is None:
        _end([family], reason="signed out", acting_user=family.user, now=now)


@row_scope.for_the_platform
@transaction.atomic
def end_families(
    user: User, *, reason: str, acting_user: User | None, now: datetime, only: UUID | None = None
) -> int:
    """End all tokens of a user, or one family of theirs; return how many families it were."""
    found = TokenFamily.objects.filter(user=user, ended_at=None)
    if only is not None:
        found = found.filter(pk=only)
    families = list(found.select_for_update(of=("self",)).select_related("user").order_by("pk"))
    _end(families, reason=reason, acting_user=acting_user, now=now)
    return len(families)


def standing_families(user: User, *, at: datetime) -> QuerySet[TokenFamily]:
    """Return where programs of a user are signed in."""
    return TokenFamily.objects.standing(at=at).filter(user=user).order_by("-refreshed_at")


def _locked_family(claims: Claims) -> TokenFamily:
    family = (
        TokenFamily.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=claims.family_id, user=claims.user_id)
        .first()
    )
    if family is None:
        raise TokenNotValid()
    return family


def _is_good(family: TokenFamily, user: User, claims: Claims, *, now: datetime) -> bool:
    return (
        family.ended_at is None
        and family.expires_at > now
        and user.is_active
        and not user.must_enrol
        and user.stamp == claims.stamp
    )


def _end(
    families: list[TokenFamily], *, reason: str, acting_user: User | None, now: datetime
) -> None:
    for family in families:
        if family.ended_at is not None:
            continue
        family.ended_at, family.end_reason = now, reason
        family.save(update_fields=["ended_at", "end_reason"])
        blacklist.add(
            family.refresh_jti, family.user_id, expires_at=family.expires_at, reason=reason, now=now
        )
        _record("tokens_ended", family, acting_user=acting_user, now=now, after={"why": reason})


def _either(token: str, *, now: datetime) -> Claims:
    try:
        return jwt.decode(token, Use.ACCESS, now=now, even_expired=True)
    except TokenNotValid:
        return jwt.decode(token, Use.REFRESH, now=now, even_expired=True)


def _remember_if_revoked(claims: Claims, *, now: datetime) -> None:
    if RevokedToken.objects.filter(pk=claims.jti).exists():
        seconds = max(1, round((claims.expires_at - now).total_seconds()))
        blacklist.remember([claims.jti], seconds=seconds)


def _refresh_ends(family: TokenFamily, *, now: datetime) -> datetime:
    return min(now + timedelta(seconds=settings.REFRESH_TOKEN_SECONDS), family.ends_at)


def _pair(family: TokenFamily, user: User, *, now: datetime) -> TokenPair:
    def made(use: Use, jti: str, expires_at: datetime) -> str:
        return jwt.encode(
            Claims(
                use=use,
                user_id=user.pk,
                family_id=family.pk,
                jti=jti,
                stamp=user.stamp,
                issued_at=now,
                expires_at=expires_at,
            )
        )

    access_ends = now + timedelta(seconds=settings.ACCESS_TOKEN_SECONDS)
    return TokenPair(
        access=made(Use.ACCESS, jwt.new_jti(), access_ends),
        refresh=made(Use.REFRESH, family.refresh_jti, family.expires_at),
        expires_in=settings.ACCESS_TOKEN_SECONDS,
        refresh_expires_in=round((family.expires_at - now).total_seconds()),
    )


def _record(
    event: str,
    family: TokenFamily,
    *,
    acting_user: User | None,
    now: datetime,
    after: dict[str, str],
) -> None:
    audit.record(
        event,
        family,
        chain=audit.chain_of(family),
        acting_user=acting_user,
        now=now,
        after={"user": family.user.username, **after},
    )
