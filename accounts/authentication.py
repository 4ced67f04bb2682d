"""From a request to a user: a browser's session or a program's ``Authorization: Bearer`` key."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.middleware import enter_scope_of
from accounts.models import User
from accounts.services.api_keys import UnknownApiKey, user_of_api_key
from common.clock import utc_now


class AuthenticatedRequest(Request):
    """A request that passed authentication."""

    user: User


class AuthenticatedHttpRequest(HttpRequest):
    """A page request behind ``login_required``."""

    user: User


class ApiKeyAuthentication(BaseAuthentication):
    """Accept ``Authorization: Bearer shk_…``."""

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, str] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            user = user_of_api_key(token.strip(), now=utc_now())
        except UnknownApiKey as error:
            raise AuthenticationFailed(error.message) from None
        enter_scope_of(user)
        return user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the key in the OpenAPI document."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "shk_…"}
