"""The kill switch over HTTP: which holds there are, place one, lift one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent
from accounts.principals import RoleRequired
from common.clock import utc_now
from common.errors import InvalidInput
from common.http.openapi import describe
from common.http.pagination import PagedView
from common.http.serializers import StrictSerializer
from execution.models import Hold, HoldKind
from execution.models.holds import REASON_MAX_LENGTH
from execution.services import hold_targets, holds
from gateway.sources import InvalidRead
from registry.texts import InvalidText


class HoldRequest(StrictSerializer):
    kind = serializers.ChoiceField(HoldKind.choices)
    target = serializers.CharField(
        max_length=120,
        required=False,
        default="",
        help_text="The slug of a house, the name or id of an author, the id of a script, or the "
        "key of an instrument; with the kind everything none.",
    )
    reason = serializers.CharField(max_length=REASON_MAX_LENGTH)


class LiftQuery(StrictSerializer):
    reason = serializers.CharField(
        max_length=REASON_MAX_LENGTH,
        required=False,
        default="",
        allow_blank=True,
        help_text="Why it is lifted; it goes on record.",
    )


class ReachReply(serializers.Serializer[Any]):
    plans = serializers.IntegerField(help_text="Of active subscriptions.")
    subscribers = serializers.IntegerField()
    running = serializers.IntegerField(help_text="They are killed.")
    waiting = serializers.IntegerField(help_text="They are cancelled.")
    trials = serializers.IntegerField()


class HoldReply(serializers.Serializer[Hold]):
    hold_id = serializers.UUIDField(source="pk")
    kind = serializers.CharField()
    target = serializers.CharField()
    target_name = serializers.CharField()
    house = serializers.CharField(
        source="tenant.slug", default=None, allow_null=True, help_text="null: in every house."
    )
    reason = serializers.CharField()
    placed_by = serializers.CharField(source="placed_by.username")
    placed_at = serializers.DateTimeField()
    lifted_by = serializers.CharField(source="lifted_by.username", default=None, allow_null=True)
    lifted_at = serializers.DateTimeField(allow_null=True)


class PlacedReply(HoldReply):
    reach = ReachReply(help_text="What it reached when it was placed.")


class HoldsView(PagedView):
    @describe(responses=HoldReply(many=True), raises=(RoleRequired,))
    def get(self, request: AuthenticatedRequest) -> Response:
        """List the holds of what you operate, also those that were lifted, newest first."""
        hold_targets.require_operator(request.user)
        return self.page(holds.open_holds(request.user), HoldReply)

    @describe(
        request=HoldRequest,
        responses={201: PlacedReply},
        raises=(
            RoleRequired,
            hold_targets.NoSuchTarget,
            holds.AlreadyOnHold,
            InvalidText,
            InvalidRead,
        ),
    )
    @idempotent
    def post(self, request: AuthenticatedRequest) -> Response:
        """Stop everything, a house, an author, a script or an instrument, at once.

        Nothing that it covers starts any more; what runs is killed, and what it says does not
        count. Operators hold what is of their house; of the platform superusers.
        """
        hold_targets.require_operator(request.user)
        given = HoldRequest(data=request.data)
        given.is_valid(raise_exception=True)
        hold, reach = holds.place_hold(
            **given.validated_data, acting_user=request.user, now=utc_now()
        )
        body = {**HoldReply(hold).data, "reach": reach.as_json()}
        return Response(body, status=201, headers={"Location": f"{request.path}/{hold.pk}"})


class HoldView(APIView):
    @describe(
        parameters=[LiftQuery],
        responses={204: None},
        raises=(holds.NoSuchHold, holds.HoldIsLifted, InvalidText, InvalidInput),
    )
    def delete(self, request: AuthenticatedRequest, hold_id: UUID) -> Response:
        """Lift a hold. What came while it lasted is not run for; the next outputs declare it."""
        given = LiftQuery(data=request.query_params)
        given.is_valid(raise_exception=True)
        holds.lift_hold(hold_id, **given.validated_data, acting_user=request.user, now=utc_now())
        return Response(status=204)
