"""From a request of the API gateway to the user it names, before anybody else is asked."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from accounts import role_ceiling
from accounts.edge_trust import identify, is_behind_gateway
from accounts.middleware import enter_scope_of
from common.errors import Forbidden
from common.http.problems import problem_response


class EdgeTrustMiddleware(MiddlewareMixin):
    """Let requests to the API in through the gateway alone, while edge trust is on."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        role_ceiling.lift()
        if not settings.EDGE_TRUST or not is_behind_gateway(request.path_info):
            return None
        try:
            user = identify(request)
        except Forbidden as error:
            return problem_response(error)
        enter_scope_of(user)
        request.user = user
        request.edge_user = user  # type: ignore[attr-defined]
        return None
