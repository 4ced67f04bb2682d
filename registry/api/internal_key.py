"""Who calls as a service of the same platform: by ``X-Internal-API-Key``, and by nothing else."""

from __future__ import annotations

import hmac

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from common import row_scope
from common.errors import Forbidden


class InternalKeyRequired(Forbidden):
    """This is for other services: send the right X-Internal-API-Key."""

    code = "internal_key_required"


class InternalServiceOnly(BasePermission):
    """Let in who knows INTERNAL_API_KEY; while none is configured, nobody."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        given = request.headers.get("X-Internal-API-Key", "")
        expected = settings.INTERNAL_API_KEY
        if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
            raise InternalKeyRequired()
        row_scope.enter(row_scope.PLATFORM)  # for the rest of this request
        return True
