"""What an access or refresh token is, to the letter.

simplejwt signs and verifies; around it stands a grammar with one spelling for each token, because
a second spelling of the same token is how blacklists are passed by. It knows no table: whether a
token was revoked is decided in ``accounts.services.tokens``.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken

from common.errors import Unauthenticated

ALGORITHM = "HS256"  # the only one, whatever a token says of itself
HEADER = {"alg": ALGORITHM, "typ": "JWT"}
LENGTH_MAX = 1024  # ours have about 420 characters
# base64url without padding; the signature of HS256 has 43 characters.
SPELLING = re.compile(r"([A-Za-z0-9_-]{10,60})\.([A-Za-z0-9_-]{20,900})\.([A-Za-z0-9_-]{43})\Z")
CLAIMS = frozenset({"aud", "exp", "fam", "iat", "iss", "jti", "stp", "sub", "typ"})
JTI = re.compile(r"[0-9a-f]{32}\Z")
SUBJECT = re.compile(r"[1-9][0-9]{0,18}\Z")
STAMP = re.compile(r"[0-9a-f]{32}\Z")
LATEST = 1 << 35  # the year 3058: what is later is no date but an attempt


class TokenNotValid(Unauthenticated):
    """This token is not one of ours, or no longer good; sign in again."""

    code = "token_not_valid"


class TokenExpired(Unauthenticated):
    """This access token has run out; get another one with the refresh token."""

    code = "token_expired"


class Use(StrEnum):
    """What a token is for, its claim ``typ``; one kind is never taken for the other."""

    ACCESS = "access"
    REFRESH = "refresh"


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a token says. ``stamp`` is what its user's password and second factor came to."""

    use: Use
    user_id: int
    family_id: UUID
    jti: str
    stamp: str
    issued_at: datetime
    expires_at: datetime


class _Twice(ValueError):
    """An object has a key twice: which of the values counts, each reader decides differently."""


def new_jti() -> str:
    """Return an identifier that no other token has."""
    return secrets.token_hex(16)


def encode(claims: Claims) -> str:
    """Return a signed token."""
    return _backend().encode(
        {
            "exp": int(claims.expires_at.timestamp()),
            "fam": claims.family_id.hex,
            "iat": int(claims.issued_at.timestamp()),
            "jti": claims.jti,
            "stp": claims.stamp,
            "sub": str(claims.user_id),
            "typ": claims.use.value,
        }
    )


def decode(token: str, use: Use, *, now: datetime, even_expired: bool = False) -> Claims:
    """Return the claims of a token that is ours, for this use, and of this time.

    Raises
    ------
    TokenNotValid
        It is not spelled as we spell tokens, not signed by us, or says anything that ours do not.
    TokenExpired
        It was good once.
    """
    claims = _claims_of(_verified(token), use)
    if claims.issued_at > now + timedelta(seconds=settings.TOKEN_CLOCK_SKEW_SECONDS):
        raise TokenNotValid()
    if claims.expires_at <= now and not even_expired:
        raise TokenExpired() if use is Use.ACCESS else TokenNotValid()
    return claims


def _verified(token: str) -> dict[str, Any]:
    spelled = SPELLING.match(token) if len(token) <= LENGTH_MAX else None
    if spelled is None:
        raise TokenNotValid()
    header, payload = _object_in(spelled[1]), _object_in(spelled[2])
    _bytes_of(spelled[3])
    if header != HEADER or not isinstance(payload, dict):
        raise TokenNotValid()
    try:
        _backend().decode(token, verify=True)  # type: ignore[arg-type]  # it hands the text on
    except TokenBackendExpiredToken:
        pass  # signed by us; by which clock it has run out is decided by whoever asks
    except TokenBackendError:
        raise TokenNotValid() from None
    return payload


def _claims_of(payload: dict[str, Any], use: Use) -> Claims:
    if (
        payload.keys() != CLAIMS
        or payload["typ"] != use.value
        or payload["aud"] != settings.JWT_AUDIENCE
        or payload["iss"] != settings.JWT_ISSUER
    ):
        raise TokenNotValid()
    return Claims(
        use=use,
        user_id=int(_text(payload["sub"], SUBJECT)),
        family_id=UUID(_text(payload["fam"], JTI)),
        jti=_text(payload["jti"], JTI),
        stamp=_text(payload["stp"], STAMP),
        issued_at=_instant(payload["iat"]),
        expires_at=_instant(payload["exp"]),
    )


def _text(value: object, grammar: re.Pattern[str]) -> str:
    if not isinstance(value, str) or grammar.match(value) is None:
        raise TokenNotValid()
    return value


def _instant(value: object) -> datetime:
    # A boolean is an integer to Python, and a float or a text is no instant of ours.
    if type(value) is not int or not 0 < value < LATEST:
        raise TokenNotValid()
    return datetime.fromtimestamp(value, UTC)


def _object_in(part: str) -> Any:
    try:
        return json.loads(_bytes_of(part), object_pairs_hook=_each_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise TokenNotValid() from None


def _bytes_of(part: str) -> bytes:
    """Return what a part encodes; of all its spellings only the canonical one is taken."""
    try:
        found = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenNotValid() from None
    if base64.urlsafe_b64encode(found).rstrip(b"=").decode() != part:
        raise TokenNotValid()
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _backend() -> TokenBackend:
    return _backend_with(settings.JWT_SIGNING_KEY, settings.JWT_AUDIENCE, settings.JWT_ISSUER)


@lru_cache(maxsize=4)
def _backend_with(key: str, audience: str, issuer: str) -> TokenBackend:
    return TokenBackend(
        ALGORITHM,
        signing_key=key,
        audience=audience,
        issuer=issuer,
        leeway=settings.TOKEN_CLOCK_SKEW_SECONDS,
    )
