"""The latest output of a script, the list of streams, and the way into the WebSocket."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.models import User
from common.clock import utc_now
from common.errors import InvalidInput
from common.http.openapi import describe
from registry import access
from registry.models import Script
from streams import queries, tickets
from streams.api import serializers
from streams.models import Stream

USING = (access.NoSuchScript, access.NotEntitled)
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
        script = _usable_script(script_id, request.user)
        output = queries.require_newest_output(
            script, instrument_key, wanted.get("timeframe"), wanted.get("params")
        )
        return Response(
            {
                "instrument_key": instrument_key,
                "indicator": script.name,
                "period": None,
                "timestamp": output.timestamp,
                "value": output.value,
                "metadata": output.metadata,
            }
        )


class StreamListView(APIView):
    @describe(
        parameters=[serializers.StreamListQuery],
        responses=serializers.StreamListReply,
        raises=(InvalidInput,),
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """List the streams that the caller may read; with ``signal_type``, only that type's."""
        wanted = _valid(serializers.StreamListQuery(data=request.query_params))
        instruments = [key for key in wanted.get("instruments", "").split(",") if key]
        scripts = access.scripts_accessible_to(request.user, at=utc_now())
        personal = queries.streams_of(scripts, instruments=instruments)
        streams: dict[str, list[dict[str, Any]]] = {
            **{signal_type: [] for signal_type in SIGNAL_TYPES},
            "personal": [_listed(stream) for stream in personal],
        }
        signal_type = wanted.get("signal_type")
        if signal_type:
            listed = streams[signal_type]
            return Response({"signal_type": signal_type, "streams": listed, "count": len(listed)})
        counts = {name: len(listed) for name, listed in streams.items()}
        return Response({"streams": streams, "counts": counts, "total": sum(counts.values())})


class StreamTicketView(APIView):
    @describe(
        request=serializers.TicketRequest,
        responses=serializers.TicketReply,
        raises=(*USING, queries.NoStream, tickets.TicketsDown),
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Answer with a script's stream keys on an instrument and a token that opens one socket.

        The token works once, for the caller, within a minute. 404 with the code ``no_stream``
        while the script does not run on the instrument.
        """
        wanted = _valid(serializers.TicketRequest(data=request.data))
        script = _usable_script(wanted["personal_signal_id"], request.user)
        streams = queries.require_streams(
            script, wanted["instrument"], wanted.get("timeframe"), wanted.get("params")
        )
        stream_keys = [stream.key for stream in streams]
        return Response(
            {
                "success": True,
                "stream_keys": stream_keys,
                "allowed_streams": stream_keys,
                "denied_streams": [],
                "websocket_url": _websocket_url(request),
                "connection_token": tickets.issue_ticket(request.user),
            }
        )


def _usable_script(script_id: UUID, user: User) -> Script:
    now = utc_now()
    script = access.require_visible(user, script_id, at=now)
    access.require_access(user, script, at=now)
    return script


def _websocket_url(request: AuthenticatedRequest) -> str:
    return request.build_absolute_uri("/ws/").replace("http", "ws", 1)


def _listed(stream: Stream) -> dict[str, Any]:
    return {
        "stream_key": stream.key,
        "script_id": stream.script_id,
        "script_name": stream.script.name if stream.script else "",
        "instrument": stream.instrument_key,
        "owner_id": stream.owner_id,
    }


def _valid(serializer: Serializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    valid: dict[str, Any] = serializer.validated_data
    return valid
