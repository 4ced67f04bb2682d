"""Who may use a script."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.models import User
from common.clock import utc_now
from common.http.pagination import NewestFirst
from registry import access
from registry.api import replies, serializers
from registry.models import Entitlement
from registry.services import entitlements, grantees
from registry.services.dependencies import dependencies_out_of_reach


class EntitlementsView(APIView):
    @extend_schema(responses=serializers.EntitlementReply(many=True))
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """List a script's entitlements, ended ones too; its owner's and the operators' to see."""
        script = access.require_visible(request.user, script_id, at=utc_now())
        entitlements.require_may_grant(script, request.user)
        rows = Entitlement.objects.filter(script=script)
        rows = rows.select_related("user", "team", "organisation", "granted_by")
        pages = NewestFirst()
        page = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(serializers.EntitlementReply(page, many=True).data)

    @extend_schema(request=serializers.GrantRequest, responses={201: serializers.GrantReply})
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


class EntitlementOfUserView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: AuthenticatedRequest, script_id: UUID, user_id: int) -> Response:
        """End a user's entitlements to a script, at once; teams keep theirs."""
        script = access.require_visible(request.user, script_id, at=utc_now())
        entitlements.require_may_grant(script, request.user)
        user = grantees.find_entitled(script, user_id)
        entitlements.revoke(script, user, acting_user=request.user, now=utc_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class EntitlementView(APIView):
    @extend_schema(responses={204: None})
    def delete(
        self, request: AuthenticatedRequest, script_id: UUID, entitlement_id: UUID
    ) -> Response:
        """End, at once, all that the user, team or organisation of an entitlement has."""
        script = access.require_visible(request.user, script_id, at=utc_now())
        entitlements.require_may_grant(script, request.user)
        row = Entitlement.objects.filter(script=script, pk=entitlement_id).first()
        if row is None:
            raise grantees.NoEntitlement(entitlement_id=str(entitlement_id))
        entitlements.revoke(script, row.grantee, acting_user=request.user, now=utc_now())
        return Response(status=status.HTTP_204_NO_CONTENT)
