"""The latest output of a script, the list of streams, and the way into the WebSocket."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.credentials import credential_of
from accounts.models import User
from common.clock import utc_now
from common.errors import InvalidInput
from common.http.openapi import describe
from registry import access
from registry.product_access import product_subscription_of
from registry.services.execution_tokens import admit_to_streams
from streams import queries, tickets, watermark
from streams.api import listings, serializers
from streams.history import require_usable
from streams.models import Stream

USING = (access.NoSuchScript, access.NotEntitled, access.TierTooLow)
SIGNAL_TYPES = ("public", "common", "marketplace", "personal")


class LatestOutputView(APIView):
    @describe(
        parameters=[serializers.LatestOutputQuery],
        responses=serializers.NewestOutputReply,
        raises=(*USING, InvalidInput, queries.NoOutput),
    )
    def get(self, request: AuthenticatedRequest, instrument_key: str, script_id: UUID) -> Response:
        """Answer with a script's newest output on an instrument, in the shape of an indicator.

        Without ``params`` it is the newest of any. 404 with the code ``no_output`` while there is
        none; 403 or 404 when the script is not for the caller.
        """
        wanted = _valid(serializers.LatestOutputQuery(data=request.query_params))
        script = require_usable(request.user, script_id, at=utc_now())
        subscription = product_subscription_of(request.user.pk, script.pk, at=utc_now())
        output = queries.require_newest_output(
            script,
            instrument_key,
            wanted.get("timeframe"),
            wanted.get("params"),
            product_id=subscription.product_id if subscription else None,
        )
        given = watermark.give_output(output, request.user, script, at=utc_now())
        return Response(
            {
                "instrument_key": instrument_key,
                "indicator": script.name,
                "period": None,
                "timestamp": output.timestamp,
                "value": given["value"],
                "metadata": given["metadata"],
            }
        )


class StreamListView(APIView):
    @describe(
        parameters=[serializers.StreamListQuery],
        responses=PolymorphicProxySerializer(
            component_name="StreamListing",
            serializers=[serializers.StreamListReply, serializers.StreamsOfTypeReply],
            resource_type_field_name=None,
        ),
        raises=(InvalidInput,),
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """List the streams that the caller may read; with ``signal_type``, only that type's.

        Each of a product's streams comes with a token with which it can be followed once.
        """
        wanted = _valid(serializers.StreamListQuery(data=request.query_params.dict()))
        signal_type = wanted.get("signal_type")
        instruments = [key for key in wanted.get("instruments", "").split(",") if key]
        streams: dict[str, list[dict[str, Any]]] = {name: [] for name in SIGNAL_TYPES}
        if signal_type in (None, "personal"):
            streams["personal"] = listings.personal(request.user, instruments, now=utc_now())
        if signal_type in (None, "marketplace"):
            streams["marketplace"] = listings.marketplace(request.user, instruments, now=utc_now())
        headers = {"Cache-Control": "no-store"}
        if signal_type:
            listed = streams[signal_type]
            body = {"signal_type": signal_type, "streams": listed, "count": len(listed)}
            return Response(body, headers=headers)
        counts = {name: len(listed) for name, listed in streams.items()}
        body = {"streams": streams, "counts": counts, "total": sum(counts.values())}
        return Response(body, headers=headers)


class StreamTicketView(APIView):
    @describe(
        request=serializers.TicketRequest,
        responses=serializers.TicketReply,
        raises=(*USING, queries.NoStream, tickets.TicketsDown),
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Answer with a script's or product's stream keys and a token that opens one socket.

        The connection token works once, for the caller, within a minute. 404 with the code
        ``no_stream`` while nothing runs on the instrument; 403 when the execution token is not
        good for following this product.
        """
        wanted = _valid(serializers.TicketRequest(data=request.data))
        streams: list[Stream] = []
        if "personal_signal_id" in wanted:
            streams += _streams_of_script(wanted, request.user)
        if "product_id" in wanted:
            streams += _streams_of_product(wanted, request.user)
        stream_keys = [stream.key for stream in streams]
        return Response(
            {
                "success": True,
                "stream_keys": stream_keys,
                "allowed_streams": stream_keys,
                "denied_streams": [],
                "websocket_url": _websocket_url(request),
                "connection_token": tickets.issue_ticket(credential_of(request)),
            }
        )


def _streams_of_script(wanted: dict[str, Any], user: User) -> list[Stream]:
    script = require_usable(user, wanted["personal_signal_id"], at=utc_now())
    subscription = product_subscription_of(user.pk, script.pk, at=utc_now())
    return queries.require_streams(
        script,
        wanted["instrument"],
        wanted.get("timeframe"),
        wanted.get("params"),
        product_id=subscription.product_id if subscription else None,
    )


@transaction.atomic
def _streams_of_product(wanted: dict[str, Any], user: User) -> list[Stream]:
    # One transaction: while there is nothing to follow, the token stays unused.
    subscription = admit_to_streams(
        wanted["execution_token"],
        product_id=str(wanted["product_id"]),
        acting_user=user,
        now=utc_now(),
    )
    product = subscription.product
    return queries.require_streams(
        product.script,
        wanted["instrument"],
        wanted.get("timeframe"),
        wanted.get("params"),
        product_id=product.pk,
    )


def _websocket_url(request: AuthenticatedRequest) -> str:
    return request.build_absolute_uri("/ws/").replace("http", "ws", 1)


def _valid(serializer: Serializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    valid: dict[str, Any] = serializer.validated_data
    return valid
