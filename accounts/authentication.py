"""From a request to a user: a session, or ``Authorization: Bearer`` with a key or a token."""

from __future__ import annotations

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import credentials, jwt
from accounts.credentials import Credential
from accounts.middleware import enter_scope_of
from accounts.models import User
from accounts.scopes import ScopeRequired, require_scope, required_scope
from accounts.services import api_keys, tokens
from common.clock import utc_now


class AuthenticatedRequest(Request):
    """A request that passed authentication."""

    user: User


class AuthenticatedHttpRequest(HttpRequest):
    """A page request behind ``login_required``."""

    user: User


class ApiKeyAuthentication(BaseAuthentication):
    """Accept ``Authorization: Bearer shk_…``, for what the key's scopes allow."""

    raises = (api_keys.UnknownApiKey, ScopeRequired)

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        token = bearer_of(request)
        if token is None or not token.startswith(api_keys.PREFIX):
            return None
        key = api_keys.key_of_secret(token, now=utc_now())
        require_scope(required_scope(request.method or "", request.path), frozenset(key.scopes))
        enter_scope_of(key.user)
        return key.user, credentials.of_key(key)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class AccessTokenAuthentication(BaseAuthentication):
    """Accept ``Authorization: Bearer`` with an access token: whatever is no key has to be one."""

    raises = (jwt.TokenNotValid, jwt.TokenExpired)

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        token = bearer_of(request)
        if token is None:
            return None
        user, credential = tokens.user_of_access_token(token, now=utc_now())
        enter_scope_of(user)
        return user, credential

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def bearer_of(request: Request) -> str | None:
    """Return what stands behind ``Bearer`` in a request's Authorization."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip(" ") if scheme.lower() == "bearer" else None


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the key in the OpenAPI document."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "shk_…"}


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the access token in the OpenAPI document."""

    target_class = "accounts.authentication.AccessTokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
