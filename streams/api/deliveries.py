"""Destinations, what they follow, and the log of what was sent to them: for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from rest_framework import status
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent
from common.clock import utc_now
from common.errors import InvalidInput
from common.http.openapi import describe
from common.http.pagination import PagedView
from streams.api import delivery_serializers as serializers
from streams.deliveries import targets
from streams.deliveries.health import disable_destination
from streams.deliveries.services import chats, destinations, followings, questions, resending
from streams.deliveries.services.destination_rules import InvalidDestination
from streams.models import Delivery, Destination, DestinationKind, Following

UNKEPT = {"Cache-Control": "no-store"}
URL_ERRORS = (targets.UnusableUrl, targets.ForbiddenTarget)
OWN = (destinations.NoSuchDestination,)


class DestinationsView(PagedView):
    @describe(responses=serializers.DestinationReply(many=True))
    def get(self, request: AuthenticatedRequest) -> Response:
        """List your destinations, newest first."""
        rows = Destination.objects.filter(owner=request.user)
        return self.page(rows, serializers.DestinationReply)

    @describe(
        request=serializers.NewDestination,
        responses={201: serializers.NewDestinationReply},
        raises=(
            *URL_ERRORS,
            InvalidDestination,
            destinations.DestinationExists,
            destinations.TooManyDestinations,
            destinations.StoppedByOperator,
            questions.TooManyConfirmations,
            chats.NoBot,
        ),
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Add a webhook, an e-mail address or a Telegram chat; a secret is shown this once.

        An address that is not your account's own is asked first. An address that you have already
        is answered with 409, so sending the same twice adds nothing.
        """
        given = _valid(serializers.NewDestination(data=request.data))
        now = utc_now()
        kind = DestinationKind(given["kind"])
        with transaction.atomic():
            destination, secret = destinations.add_destination(
                request.user,
                kind=kind,
                name=given["name"],
                address=given.get("address", ""),
                acting_user=request.user,
                now=now,
            )
            code = None
            if kind is DestinationKind.TELEGRAM:
                code = chats.new_chat_code(destination, acting_user=request.user, now=now)
        body = {**serializers.DestinationReply(destination).data, "secret": secret or None}
        return Response({**body, "chat_code": code}, status=status.HTTP_201_CREATED, headers=UNKEPT)


class DestinationView(APIView):
    @describe(responses=serializers.DestinationReply, raises=OWN)
    def get(self, request: AuthenticatedRequest, destination_id: UUID) -> Response:
        """Answer with a destination of yours and how it does."""
        found = destinations.own_destination(request.user, destination_id)
        return Response(serializers.DestinationReply(found).data)

    @describe(
        request=serializers.DestinationChange,
        responses=serializers.DestinationReply,
        raises=(
            *OWN,
            *URL_ERRORS,
            InvalidDestination,
            destinations.DestinationExists,
            destinations.StoppedByOperator,
            questions.TooManyConfirmations,
        ),
    )
    def patch(self, request: AuthenticatedRequest, destination_id: UUID) -> Response:
        """Change a destination's settings, disable it, or enable it again.

        What is put out while it is disabled waits, and comes once it is enabled. A mailbox whose
        reader has ended the mails is asked anew.
        """
        changes = _valid(serializers.DestinationChange(data=request.data))
        enabled = changes.pop("enabled", None)
        user, now = request.user, utc_now()
        with transaction.atomic():
            found = destinations.own_destination(user, destination_id)
            if changes:
                destinations.change_destination(found, changes, acting_user=user, now=now)
            if enabled is True:
                destinations.enable_destination(found, acting_user=user, now=now)
            elif enabled is False:
                disable_destination(found, reason="By its owner.", acting_user=user, now=now)
        found.refresh_from_db()
        return Response(serializers.DestinationReply(found).data)

    @describe(responses={204: None}, raises=(*OWN, destinations.StoppedByOperator))
    def delete(self, request: AuthenticatedRequest, destination_id: UUID) -> Response:
        """Remove a destination with its log; nothing more is sent to it."""
        found = destinations.own_destination(request.user, destination_id)
        destinations.remove_destination(found, acting_user=request.user, now=utc_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class SecretView(APIView):
    @describe(responses=serializers.SecretReply, raises=(*OWN, destinations.NotAWebhook))
    def post(self, request: AuthenticatedRequest, destination_id: UUID) -> Response:
        """Give a webhook a new secret; it is shown this once, and the old one signs for a day."""
        found = destinations.own_destination(request.user, destination_id)
        secret = destinations.rotate_secret(found, acting_user=request.user, now=utc_now())
        return Response({"secret": secret}, headers=UNKEPT)


class TestView(APIView):
    @describe(
        responses={202: serializers.DeliveryReply},
        raises=(*OWN, resending.DestinationNotOpen, resending.TooManyTests),
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, destination_id: UUID) -> Response:
        """Send a signed sample; what came of it stands in the log a moment later."""
        found = destinations.own_destination(request.user, destination_id)
        sent = resending.send_test(found, acting_user=request.user, now=utc_now())
        body = serializers.DeliveryReply(sent).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


class FollowingsView(PagedView):
    @describe(responses=serializers.FollowingReply(many=True), raises=OWN)
    def get(self, request: AuthenticatedRequest, destination_id: UUID) -> Response:
        """List the streams that go to a destination, and how far each went."""
        found = destinations.own_destination(request.user, destination_id)
        rows = Following.objects.filter(destination=found).select_related("stream")
        return self.page(rows, serializers.FollowingReply)

    @describe(
        request=serializers.FollowRequest,
        responses={201: serializers.FollowingReply},
        raises=(*OWN, followings.StreamNotReadable, followings.TooManyFollowings),
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, destination_id: UUID) -> Response:
        """Deliver a stream from its next output on; asking twice changes nothing."""
        given = _valid(serializers.FollowRequest(data=request.data))
        found = destinations.own_destination(request.user, destination_id)
        following = followings.follow_stream(
            found, given["stream_key"], acting_user=request.user, now=utc_now()
        )
        body = serializers.FollowingReply(following).data
        return Response(body, status=status.HTTP_201_CREATED)


class FollowingView(APIView):
    @describe(responses={204: None}, raises=(*OWN, followings.NotFollowed))
    def delete(
        self, request: AuthenticatedRequest, destination_id: UUID, following_id: int
    ) -> Response:
        """Deliver nothing more of a stream."""
        found = destinations.own_destination(request.user, destination_id)
        followed = found.followings.select_related("stream").filter(pk=following_id).first()
        if followed is None:
            raise followings.NotFollowed()
        followings.unfollow_stream(
            found, followed.stream.key, acting_user=request.user, now=utc_now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReplayView(APIView):
    @describe(
        request=serializers.ReplayRequest,
        responses={202: serializers.FollowingReply},
        raises=(
            *OWN,
            resending.DestinationNotOpen,
            followings.NotFollowed,
            resending.ReplayNotPossible,
            resending.TooMuchToReplay,
        ),
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, destination_id: UUID) -> Response:
        """Send a stream's outputs again from a number on, in order, each under its old id.

        At most 1,000 at once, with what was asked for before and waits still: that comes as well.
        What is put out meanwhile follows behind them.
        """
        given = _valid(serializers.ReplayRequest(data=request.data))
        found = destinations.own_destination(request.user, destination_id)
        following = resending.replay_stream(
            found,
            given["stream_key"],
            from_seq=given["from_seq"],
            to_seq=given.get("to_seq"),
            acting_user=request.user,
            now=utc_now(),
        )
        body = serializers.FollowingReply(following).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


class ResendFailedView(APIView):
    @describe(responses={202: serializers.ResentReply}, raises=(*OWN, resending.DestinationNotOpen))
    @idempotent
    def post(self, request: AuthenticatedRequest, destination_id: UUID) -> Response:
        """Send again what has failed, the oldest first, at most 500 at once; say how many."""
        found = destinations.own_destination(request.user, destination_id)
        count = resending.resend_failed(found, acting_user=request.user, now=utc_now())
        return Response({"resent": count}, status=status.HTTP_202_ACCEPTED)


class DeliveriesView(PagedView):
    filters = ("destination", "state")

    @describe(
        parameters=[serializers.DeliveryQuery],
        responses=serializers.DeliveryReply(many=True),
        raises=(InvalidInput,),
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """List what was and will be sent to your destinations, newest first; for 30 days."""
        wanted = _valid(serializers.DeliveryQuery(data=request.query_params.dict()))
        rows = Delivery.objects.filter(destination__owner=request.user).select_related("stream")
        if "destination" in wanted:
            rows = rows.filter(destination=wanted["destination"])
        if "state" in wanted:
            rows = rows.filter(state=wanted["state"])
        return self.page(rows, serializers.DeliveryReply)


class DeliveryView(APIView):
    @describe(responses=serializers.DeliveryReply, raises=(resending.NoSuchDelivery,))
    def get(self, request: AuthenticatedRequest, delivery_id: UUID) -> Response:
        """Answer with a delivery of yours and what came of it."""
        found = resending.own_delivery(request.user, delivery_id)
        return Response(serializers.DeliveryReply(found).data)


class ResendView(APIView):
    @describe(
        responses={202: serializers.DeliveryReply},
        raises=(
            resending.NoSuchDelivery,
            resending.DestinationNotOpen,
            resending.NotSentAgain,
        ),
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, delivery_id: UUID) -> Response:
        """Send a delivery again, under the same id, so that receivers know it."""
        found = resending.own_delivery(request.user, delivery_id)
        sent = resending.resend_delivery(found, acting_user=request.user, now=utc_now())
        return Response(serializers.DeliveryReply(sent).data, status=status.HTTP_202_ACCEPTED)


def _valid(serializer: Serializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
