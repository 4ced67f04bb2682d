"""Who may use a script."""

from __future__ import annotations

import re
from uuid import UUID

from django.urls.converters import UUIDConverter
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent
from accounts.models import User
from accounts.principals import NoTenant
from common.clock import utc_now
from common.http.openapi import describe
from common.http.pagination import PagedView
from registry import access
from registry.api import refusals, replies, serializers
from registry.models import Entitlement, Script
from registry.models.entitlements import Grantee
from registry.services import entitlements, grantees
from registry.services.dependencies import dependencies_out_of_reach

USER_ID = re.compile("[0-9]{1,18}")
ENTITLEMENT_ID = re.compile(UUIDConverter.regex)


class EntitlementsView(PagedView):
    @describe(
        responses=serializers.EntitlementReply(many=True),
        raises=(NoTenant, *refusals.NAMING, entitlements.MayNotGrant),
    )
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """List a script's entitlements, ended ones too; its owner's and the operators' to see."""
        script = access.require_visible(request.user, script_id, at=utc_now())
        entitlements.require_may_grant(script, request.user)
        rows = Entitlement.objects.filter(script=script)
        rows = rows.select_related("user", "team", "organisation", "granted_by")
        return self.page(rows, serializers.EntitlementReply)

    @describe(
        request=serializers.GrantRequest,
        responses={201: serializers.GrantReply},
        raises=refusals.GRANTING,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Entitle one user or team of your tenant, or an organisation.

        The reply names what a user also needs. Another organisation than the script's own is for
        operators to entitle.
        """
        serializer = serializers.GrantRequest(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = dict(serializer.validated_data)
        script = access.require_visible(request.user, script_id, at=utc_now())
        entitlements.require_may_grant(script, request.user)
        named = {kind: given.pop(kind, None) for kind in ("user", "team", "organisation")}
        grantee = grantees.find_grantee(script, **named, acting_user=request.user)
        entitlement = entitlements.grant(
            script, grantee, **given, acting_user=request.user, now=utc_now()
        )
        missing = (
            dependencies_out_of_reach(script, grantee, at=utc_now())
            if isinstance(grantee, User)
            else []
        )
        return Response(replies.grant_reply(entitlement, missing), status=status.HTTP_201_CREATED)


class EntitlementView(APIView):
    @describe(responses={204: None}, raises=refusals.REVOKING)
    def delete(self, request: AuthenticatedRequest, script_id: UUID, whose: str) -> Response:
        """End a right to a script, at once.

        By the id of an entitlement, all that its user, team or organisation has ends; by the id of
        a user, what was given to them alone, and their teams keep theirs.
        """
        script = access.require_visible(request.user, script_id, at=utc_now())
        entitlements.require_may_grant(script, request.user)
        grantee = _grantee(script, whose)
        entitlements.revoke(script, grantee, acting_user=request.user, now=utc_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _grantee(script: Script, whose: str) -> Grantee:
    if USER_ID.fullmatch(whose):
        return grantees.find_entitled(script, int(whose))
    row = None
    if ENTITLEMENT_ID.fullmatch(whose):
        row = Entitlement.objects.filter(script=script, pk=whose).first()
    if row is None:
        raise grantees.NoEntitlement()
    return row.grantee
