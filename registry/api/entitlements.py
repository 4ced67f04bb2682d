"""Who may use a script."""

from __future__ import annotations

from uuid import UUID

from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent
from accounts.principals import NoTenant
from common.clock import utc_now
from common.http.openapi import describe
from common.http.pagination import PagedView
from registry import access
from registry.api import refusals, replies, serializers
from registry.models import Entitlement
from registry.services import entitlements
from registry.services.dependencies import dependencies_out_of_reach


class EntitlementsView(PagedView):
    @describe(
        responses=serializers.EntitlementReply(many=True),
        raises=(NoTenant, access.NoSuchScript, entitlements.MayNotGrant),
    )
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """List a script's entitlements, ended ones too; its owner's and the operators' to see."""
        script = access.require_visible(request.user, script_id, at=utc_now())
        entitlements.require_may_grant(script, request.user)
        rows = Entitlement.objects.filter(script=script).select_related("user", "granted_by")
        return self.page(rows, serializers.EntitlementReply)

    @describe(
        request=serializers.GrantRequest,
        responses={201: serializers.GrantReply},
        raises=refusals.GRANTING,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Entitle a member of your tenant; the reply names what they also need."""
        serializer = serializers.GrantRequest(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = dict(serializer.validated_data)
        script = access.require_visible(request.user, script_id, at=utc_now())
        entitlements.require_may_grant(script, request.user)
        user = entitlements.find_member(script, given.pop("user"))
        entitlement = entitlements.grant(
            script, user, **given, acting_user=request.user, now=utc_now()
        )
        missing = dependencies_out_of_reach(script, user, at=utc_now())
        return Response(replies.grant_reply(entitlement, missing), status=status.HTTP_201_CREATED)


class EntitlementView(APIView):
    @describe(responses={204: None}, raises=refusals.REVOKING)
    def delete(self, request: AuthenticatedRequest, script_id: UUID, user_id: int) -> Response:
        """End a user's entitlements to a script, at once."""
        script = access.require_visible(request.user, script_id, at=utc_now())
        entitlements.require_may_grant(script, request.user)
        user = entitlements.find_entitled(script, user_id)
        entitlements.revoke(script, user, acting_user=request.user, now=utc_now())
        return Response(status=status.HTTP_204_NO_CONTENT)
