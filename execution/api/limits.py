"""``GET /api/v2/limits``: what the caller may do, and how much of it is used."""

from __future__ import annotations

from dataclasses import asdict

from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import rates
from accounts.authentication import AuthenticatedRequest
from common.http.openapi import describe
from execution.services.own_limits import limits_of


class LimitReply(serializers.Serializer[object]):
    name = serializers.CharField(help_text="As RateLimit-Policy and refusals name it.")
    what = serializers.CharField()
    allowed = serializers.IntegerField()
    per_seconds = serializers.IntegerField(
        allow_null=True, help_text="null: so many at once, not so many in a time."
    )
    counted_by = serializers.ChoiceField(
        ["user", "connection"], help_text="For you as a whole, or for each WebSocket by itself."
    )
    used = serializers.IntegerField(allow_null=True)
    remaining = serializers.IntegerField(allow_null=True)
    reset_seconds = serializers.IntegerField(
        allow_null=True, help_text="Until there is more again."
    )


class LimitsReply(serializers.Serializer[object]):
    tier = serializers.CharField()
    limits = LimitReply(many=True)


class LimitsView(APIView):
    @describe(responses=LimitsReply)
    def get(self, request: AuthenticatedRequest) -> Response:
        """Return each of your limits: what is allowed, used and left, and when there is more.

        Asking counts as a request, too.
        """
        tier = rates.tier_of(request.user)
        body = {"tier": tier.name, "limits": [asdict(one) for one in limits_of(request.user)]}
        return Response(body, headers={"Cache-Control": "no-store"})
