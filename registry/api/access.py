"""Why somebody may or may not use a script."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from common.clock import NaiveInstant, parse_instant, utc_now
from common.http.openapi import TEXT, describe
from registry import access
from registry.explanations import Explanation
from registry.grounds import BeforeHistory
from registry.services import entitlements, grantees, inquiries


class GroundReply(serializers.Serializer[object]):
    """One thing that gives the right, or would if nothing stood against it."""

    reason = serializers.CharField()
    sentence = serializers.CharField()
    granted_by = serializers.CharField(allow_null=True)
    granted_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)


class ExplanationReply(serializers.Serializer[Explanation]):
    user = serializers.CharField()
    script_id = serializers.UUIDField()
    script = serializers.CharField()
    at = serializers.DateTimeField()
    is_past = serializers.BooleanField()
    allowed = serializers.BooleanField()
    reason = serializers.CharField()
    sentence = serializers.CharField()
    decided_by = GroundReply(allow_null=True)
    also = GroundReply(many=True, help_text="What else gives the right, or would.")
    changes = serializers.ListField(child=serializers.CharField())
    ended = serializers.ListField(child=serializers.CharField())


class AccessView(APIView):
    @describe(
        parameters=[
            OpenApiParameter(
                "user",
                {"type": "string", "pattern": TEXT},
                description="A user name; default: yourself.",
            ),
            OpenApiParameter(
                "at", OpenApiTypes.DATETIME, description="An ISO 8601 instant; default: now."
            ),
        ],
        responses=ExplanationReply,
        raises=(
            access.NoSuchScript,
            entitlements.MayNotGrant,
            grantees.NoSuchMember,
            NaiveInstant,
            BeforeHistory,
        ),
    )
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Explain who granted what, which rule decided, and what would change the answer.

        Everybody asks about themselves; a script's owner and its tenant's operators about others.
        """
        given_at = request.query_params.get("at")
        explanation = inquiries.explain_to(
            request.user,
            script_id,
            username=request.query_params.get("user"),
            at=parse_instant(given_at, field="at") if given_at is not None else None,
            now=utc_now(),
        )
        return Response(explanation.as_json())
