"""The latest output of a script, the list of streams, and the way into the WebSocket."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.credentials import credential_of
from common.clock import utc_now
from common.errors import InvalidInput
from common.http.openapi import describe
from registry import access
from registry.execution_tokens import ExecutionTokenNotValid
from streams import queries, tickets, watermark
from streams.api import following, listings, serializers
from streams.deliveries.services import destinations, followings
from streams.history import account_of, require_usable

USING = (access.NoSuchScript, access.NotEntitled, access.TierTooLow)


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
        now = utc_now()
        script = require_usable(request.user, script_id, at=now)
        product_id, subscription_id = account_of(request.user, script, at=now)
        output = queries.require_newest_output(
            script,
            instrument_key,
            wanted.get("timeframe"),
            wanted.get("params"),
            product_id=product_id,
        )
        given = watermark.give_output(output, subscription_id=subscription_id)
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

        Each of a product's streams comes with a token with which it can be followed once. Public
        are the prices of every instrument, common its usual indicators; others are published for
        whoever asks for them.
        """
        wanted = _valid(serializers.StreamListQuery(data=request.query_params.dict()))
        signal_type = wanted.get("signal_type")
        instruments = [key for key in wanted.get("instruments", "").split(",") if key]
        streams: dict[str, list[dict[str, Any]]] = {name: [] for name in following.SIGNAL_TYPES}
        if signal_type in (None, "public"):
            streams["public"] = listings.public(instruments)
        if signal_type in (None, "common"):
            streams["common"] = listings.common(instruments)
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
        raises=(
            *USING,
            queries.NoStream,
            ExecutionTokenNotValid,
            following.EmailNotOffered,
            followings.NoAddressOfYours,
            followings.TooManyFollowings,
            destinations.TooManyDestinations,
            tickets.TicketsDown,
        ),
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Answer with the streams to follow and a token that opens one socket.

        Streams are asked for by type, or by the id of a script or product. What can be followed
        is in ``allowed_streams``; what cannot is in ``denied_streams`` with the reason. Without
        any ``success`` is false and there is no token. A script or product that is not for the
        caller is refused as a whole: 403 or 404, and 404 with the code ``no_stream`` while
        nothing runs on the instrument. With ``receive_email`` the outputs of scripts and products
        also go to the address of the caller's account. The token works once, for the caller,
        within a minute.
        """
        wanted = _valid(serializers.TicketRequest(data=request.data))
        choice = following.choose(wanted, request.user, now=utc_now())
        ticket = tickets.issue_ticket(credential_of(request)) if choice.allowed else None
        return Response(
            {
                "success": bool(choice.allowed),
                "stream_keys": choice.asked,
                "allowed_streams": choice.allowed,
                "denied_streams": [
                    {"stream_key": key, "reason": reason} for key, reason in choice.denied.items()
                ],
                "websocket_url": _websocket_url(request),
                "connection_token": ticket,
            }
        )


def _websocket_url(request: AuthenticatedRequest) -> str:
    return request.build_absolute_uri("/ws/").replace("http", "ws", 1)


def _valid(serializer: Serializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    valid: dict[str, Any] = serializer.validated_data
    return valid
