"""Marks for other services of the platform, and the search for whose copy leaked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent
from common.clock import utc_now
from common.errors import Unavailable
from common.http.openapi import describe
from registry import product_access
from registry.api.internal_key import InternalKeyRequired, InternalServiceOnly
from streams import leak_search, watermark_service
from streams.api import drm_serializers as shapes
from streams.models import LeakSearch
from streams.watermarks import leaks

INTERNAL: list[dict[str, list[str]]] = [{"internalKey": []}]
MARKING = (watermark_service.NoSuchReader, watermark_service.NotAnOutput, Unavailable)
SEARCHING = (
    product_access.NoSuchProduct,
    leak_search.LeakTooLarge,
    leak_search.NothingToCompareWith,
    leaks.LeakNotReadable,
)
NO_STORE = {"Cache-Control": "no-store"}


class WatermarkView(APIView):
    authentication_classes = ()
    permission_classes = (InternalServiceOnly,)

    @describe(
        request=shapes.WatermarkRequest,
        responses=shapes.WatermarkReply,
        raises=(InternalKeyRequired, *MARKING),
        auth=INTERNAL,
    )
    def post(self, request: Request) -> Response:
        """Mark an output of a script for one subscription to a product of it.

        ``payload`` is an output: ``value``, ``timestamp`` and ``metadata``; with ``instrument``,
        ``timeframe`` and ``params`` it is marked as that stream's are. 404 when the subscription is
        not to a product of the script; 503 when it cannot be marked.
        """
        given = _valid(shapes.WatermarkRequest, request)
        payload, marked_hash = watermark_service.mark_payload(
            given["signal_id"], given["subscription_id"], given["payload"]
        )
        reply = {"watermarked_payload": payload, "watermark_hash": marked_hash}
        return Response(reply, headers=NO_STORE)


class DetectLeakView(APIView):
    authentication_classes = ()
    permission_classes = (InternalServiceOnly,)

    @describe(
        request=shapes.DetectLeakRequest,
        responses=shapes.LeakSearchReply,
        raises=(InternalKeyRequired, *SEARCHING),
        auth=INTERNAL,
    )
    def post(self, request: Request) -> Response:
        """Rank the subscriptions to a product by how well their marks explain leaked values."""
        given = _valid(shapes.DetectLeakRequest, request)
        search = leak_search.search_leak(
            given["product_id"],
            given["values"],
            acting_user=None,
            now=utc_now(),
            instrument_key=given["instrument"],
        )
        return Response(as_reply(search), headers=NO_STORE)


class FindLeakView(APIView):
    @describe(
        request=shapes.FindLeakRequest,
        responses={201: shapes.LeakSearchReply},
        raises=SEARCHING,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Search whose copy of your product's outputs leaked.

        ``values`` is a CSV: a row a line, a time and the values in any order of columns. For the
        owner of the script and the operators of its tenant; anybody else gets 404. The values are
        compared and forgotten; that you searched is audited.
        """
        given = _valid(shapes.FindLeakRequest, request)
        search = leak_search.search_leak(
            product_id,
            given["values"],
            acting_user=request.user,
            now=utc_now(),
            instrument_key=given["instrument"],
        )
        return Response(as_reply(search), status=201, headers=NO_STORE)


def as_reply(search: LeakSearch) -> dict[str, Any]:
    """Return a search and its ranking; a p-value is a power of ten, and an upper bound."""
    return {
        "search_id": search.pk,
        "product_id": search.product_id,
        "stream_key": search.stream.key if search.stream else None,
        "verdict": search.verdict,
        "rows": search.rows,
        "matched": search.matched,
        "marked": search.marked,
        "needed": search.needed,
        "compared": search.compared,
        "suspects": search.suspects,
    }


def _valid(form: type[shapes.StrictSerializer], request: Request) -> dict[str, Any]:
    shaped = form(data=request.data)
    shaped.is_valid(raise_exception=True)
    valid: dict[str, Any] = shaped.validated_data
    return valid
