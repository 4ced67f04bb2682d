"""How often one script may run and read a minute."""

from __future__ import annotations

from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.principals import NoTenant
from common.clock import utc_now
from common.http.openapi import Leaf, describe
from common.http.serializers import StrictSerializer
from registry import access
from registry.api import refusals
from registry.models import Script
from registry.services import script_limits

MOST = 2_147_483_647
RAISES: tuple[Leaf, ...] = (NoTenant, *refusals.NAMING, script_limits.MayNotLimit)


class ScriptLimits(StrictSerializer):
    executions_per_minute = serializers.IntegerField(
        min_value=0,
        max_value=MOST,
        allow_null=True,
        help_text="Asked for by everybody together; 0: none at all, null: the platform's number.",
    )
    reads_per_minute = serializers.IntegerField(
        min_value=0,
        max_value=MOST,
        allow_null=True,
        help_text="By all of its runs together; 0: none at all, null: the platform's number.",
    )


class ScriptLimitsView(APIView):
    # Whoever stops a script that is too much must not be turned away for it.
    shed_as = "critical"

    @describe(responses=ScriptLimits, raises=RAISES)
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Return a script's own limits; its owner's and the operators' to see."""
        script = access.require_visible(request.user, script_id, at=utc_now())
        script_limits.require_may_limit(script, request.user)
        return _reply(script)

    @describe(request=ScriptLimits, responses=ScriptLimits, raises=RAISES)
    def put(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Set a script's own limits: less than the platform's number, down to 0, which stops it."""
        given = ScriptLimits(data=request.data)
        given.is_valid(raise_exception=True)
        script = access.require_visible(request.user, script_id, at=utc_now())
        changed = script_limits.set_script_limits(
            script, **given.validated_data, acting_user=request.user, now=utc_now()
        )
        return _reply(changed)


def _reply(script: Script) -> Response:
    return Response({name: getattr(script, name) for name in script_limits.NUMBERS})
