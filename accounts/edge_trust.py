"""The API gateway in front, when there is one: it says who asks, and nobody else may ask.

Settings: EDGE_TRUST turns it on; GATEWAY_SECRET (two with a comma between while one replaces the
other) and GATEWAY_ALLOWED_NETWORKS say who the gateway is. On, every request to the API comes from
such a network with X-Gateway-Secret and X-User-ID, and with no other proof of who asks beside
them. Off, these headers mean nothing. docs/DEPLOYMENT.md lists which door each address is.
"""

from __future__ import annotations

import hashlib
import hmac
import re

import structlog
from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import role_ceiling
from accounts.models import User
from common import row_scope
from common.errors import Forbidden
from common.http.addresses import API_ROOTS
from common.http.peers import peer_address
from common.http.raw_headers import is_given_once, is_plain_text, spellings
from common.networks import is_within

SECRET_HEADER, USER_HEADER, ROLES_HEADER = "X-Gateway-Secret", "X-User-ID", "X-User-Roles"
HEADERS = (SECRET_HEADER, USER_HEADER, ROLES_HEADER)
VALUE_MAX_CHARACTERS = 1024
EDGE = "edge"

API = re.compile(rf"/({'|'.join(API_ROOTS)})(/|$)")
# Doors of their own: signatures of producers, keys of services, and the API's description.
PRODUCERS = re.compile(r"/api/v1/signals(/|$)|/api/v2/signals$")
SERVICES = re.compile(
    r"/api/v1/(scripts/access|integration/verify-execution-token|webhooks/drm/[a-z-]+)$"
)
DESCRIPTION = re.compile(r"/api/(schema|docs)$")
USER_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
log = structlog.get_logger(__name__)


# As the contract spells it, without a full stop.
NOBODY_NAMED = "User ID missing from request"


class DirectAccess(Forbidden):
    """Direct service access is forbidden. Requests must be routed through API Gateway."""

    code = "direct_access_forbidden"


class UserIdMissing(Forbidden):
    """User ID missing from request."""

    code = "user_id_missing"


class UserNotServed(Forbidden):
    """The gateway named nobody who can be served; look at X-User-ID and X-User-Roles."""

    code = "user_not_served"


class TwoIdentities(Forbidden):
    """The gateway says who asks: send no Authorization, session cookie or service key beside it."""

    code = "two_identities"


class EdgeAuthentication(BaseAuthentication):
    """Take the user that the gateway named; without edge trust nobody is named."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        user = getattr(request._request, "edge_user", None)
        return (user, EDGE) if settings.EDGE_TRUST and user is not None else None

    def authenticate_header(self, request: Request) -> str:
        # Asked of the first of the ways in: without edge trust that is a key or a token.
        return "Bearer"


def is_behind_gateway(path: str) -> bool:
    """Tell whether an address is the API's, and no door of its own."""
    if API.match(path) is None:
        return False
    return not any(door.match(path) for door in (PRODUCERS, SERVICES, DESCRIPTION))


def identify(request: HttpRequest) -> User:
    """Return the user that the gateway names, with no more roles than it says.

    Raises
    ------
    DirectAccess
        Another network, or not the gateway's secret: which of them is told to the log alone.
    UserIdMissing, UserNotServed, TwoIdentities
        The gateway is who it says, and its request does not say clearly whom it is for.
    """
    require_gateway(request)
    _require_no_other_proof(request)
    user = _user_named(request)
    roles = _roles_named(request)
    if roles is not None:
        role_ceiling.lower(user.pk, roles)
    return user


def require_gateway(request: HttpRequest) -> None:
    """Raise DirectAccess unless a request comes from the gateway: its network, then its secret."""
    if not is_within(peer_address(request), settings.GATEWAY_ALLOWED_NETWORKS):
        raise _refused(request, DirectAccess, "network")
    if not is_given_once(request, SECRET_HEADER):
        raise _refused(request, DirectAccess, "secret missing or ambiguous")
    if not knows_one_of(request.headers[SECRET_HEADER], settings.GATEWAY_SECRETS):
        raise _refused(request, DirectAccess, "secret wrong")


def knows_one_of(given: str, secrets: list[str]) -> bool:
    """Tell whether a text is one of the secrets, in the same time whichever it is or is not.

    Digests of one length are compared, so that not even a length is told.
    """
    digest = _digest(given)
    matches = [hmac.compare_digest(digest, _digest(secret)) for secret in secrets if secret]
    return any(matches)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _require_no_other_proof(request: HttpRequest) -> None:
    others = ("Authorization", "X-Internal-API-Key")
    if any(spellings(request, header) for header in others):
        raise _refused(request, TwoIdentities, "another proof beside it")
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        raise _refused(request, TwoIdentities, "a session beside it")


def _user_named(request: HttpRequest) -> User:
    if not spellings(request, USER_HEADER):
        raise _refused(request, UserIdMissing, "user missing")
    given = request.headers.get(USER_HEADER, "")
    if not given.strip() and is_given_once(request, USER_HEADER):
        raise _refused(request, UserIdMissing, "user empty")
    if not is_given_once(request, USER_HEADER) or not USER_ID.fullmatch(given):
        raise _refused(request, UserNotServed, "user not readable")
    with row_scope.within(row_scope.PLATFORM):
        user = User.objects.filter(pk=int(given), is_active=True).first()
    if user is None:
        raise _refused(request, UserNotServed, "user unknown or inactive", user=given)
    if user.is_superuser:
        # What a superuser may do is no role, so no gateway could take it away.
        raise _refused(request, UserNotServed, "superuser", user=given)
    return user


def _roles_named(request: HttpRequest) -> frozenset[str] | None:
    if not spellings(request, ROLES_HEADER):
        return None
    given = request.headers.get(ROLES_HEADER, "")
    names = [name.strip() for name in given.split(",")] if given.strip() else []
    is_readable = len(given) <= VALUE_MAX_CHARACTERS and all(map(is_plain_text, names))
    if not is_given_once(request, ROLES_HEADER) or not is_readable:
        raise _refused(request, UserNotServed, "roles not readable")
    return frozenset(names)


def _refused(
    request: HttpRequest, error: type[Forbidden], reason: str, **details: str
) -> Forbidden:
    peer = peer_address(request)
    log.warning(
        "edge_refused",
        reason=reason,
        code=error.code,
        peer=str(peer) if peer else "unknown",
        method=request.method,
        path=request.path_info[:200],
        **details,
    )
    return error(NOBODY_NAMED) if error is UserIdMissing else error()


class EdgeScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe in the OpenAPI document what a gateway sends."""

    target_class = "accounts.edge_trust.EdgeAuthentication"
    name = "gateway"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": SECRET_HEADER,
            "description": f"Of an API gateway in front, with {USER_HEADER}; where there is one, "
            "nothing else is taken.",
        }
