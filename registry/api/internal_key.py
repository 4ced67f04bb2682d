"""Who calls as a service of the same platform: by ``X-Internal-API-Key``, and by nothing else."""

from __future__ import annotations

import structlog
from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts import edge_trust
from common import row_scope
from common.errors import Forbidden
from common.http.peers import peer_address
from common.http.raw_headers import is_given_once, spellings
from common.networks import is_within

HEADER = "X-Internal-API-Key"
log = structlog.get_logger(__name__)


class InternalKeyRequired(Forbidden):
    """This is for other services: send the right X-Internal-API-Key."""

    code = "internal_key_required"


class InternalServiceOnly(BasePermission):
    """Let in who is in INTERNAL_ALLOWED_NETWORKS and knows INTERNAL_API_KEY.

    While no key is configured that is nobody; in production it is nobody without networks, too.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        objection = _objection_to(request)
        if objection is not None:
            peer = peer_address(request._request)
            log.warning(
                "internal_service_refused",
                reason=objection,
                peer=str(peer) if peer else "unknown",
                path=request.path_info[:200],
            )
            raise InternalKeyRequired()
        row_scope.enter(row_scope.PLATFORM)  # for the rest of this request
        return True


def _objection_to(request: Request) -> str | None:
    http = request._request
    networks = settings.INTERNAL_ALLOWED_NETWORKS
    is_open = not networks and not settings.PRODUCTION
    if not is_open and not is_within(peer_address(http), networks):
        return "network"
    if not is_given_once(http, HEADER):
        return "key missing or ambiguous"
    if not edge_trust.knows_one_of(http.headers[HEADER], [settings.INTERNAL_API_KEY]):
        return "key wrong"
    if any(spellings(http, header) for header in edge_trust.HEADERS) and settings.EDGE_TRUST:
        return "a gateway's headers beside it"
    return None
