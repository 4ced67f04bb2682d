"""Background runs: answered at once with where their outputs and their status will be."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent_by_service
from common.clock import utc_now
from common.http.openapi import describe
from common.http.serializers import StrictSerializer
from execution.api import refusals, serializers
from execution.api.views import STATUS_PATH
from execution.models import Execution
from execution.services import background
from execution.services.requests import RunRequest
from registry import access


class PersonalRunView(APIView):
    @describe(
        request=serializers.PersonalRunRequest,
        responses=serializers.BackgroundRunReply,
        raises=refusals.RUNNING_OWN,
    )
    @idempotent_by_service
    def post(self, request: AuthenticatedRequest) -> Response:
        """Run one of your own scripts in the background.

        403 or 404 before anything runs when the script is not yours.
        """
        given = _checked(serializers.PersonalRunRequest, request)
        script = access.require_visible(request.user, given.pop("script_id"), at=utc_now())
        execution = background.request_personal_run(
            script, _run_request(request, given), acting_user=request.user, now=utc_now()
        )
        return _reply("Personal signal execution initiated", execution)


class MarketplaceRunView(APIView):
    @describe(
        request=serializers.MarketplaceRunRequest,
        responses=serializers.BackgroundRunReply,
        raises=refusals.RUNNING_PRODUCT,
    )
    @idempotent_by_service
    def post(self, request: AuthenticatedRequest) -> Response:
        """Run a product that you subscribed to in the background, with an execution token.

        403 before anything runs when the token is not good for you, this product and this use.
        """
        given = _checked(serializers.MarketplaceRunRequest, request)
        right = {
            name: given.pop(name, None)
            for name in ("execution_token", "product_id", "subscription_id")
        }
        execution = background.request_marketplace_run(
            _run_request(request, given), **right, acting_user=request.user, now=utc_now()
        )
        return _reply("Signal execution initiated", execution)


def _checked(shape: type[StrictSerializer], request: AuthenticatedRequest) -> dict[str, Any]:
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _run_request(request: AuthenticatedRequest, given: dict[str, Any]) -> RunRequest:
    return RunRequest(
        instrument_key=given["instrument"],
        params=given["params"],
        idempotency_key=request.headers.get("Idempotency-Key"),
    )


def _reply(message: str, execution: Execution) -> Response:
    body = {
        "success": True,
        "message": message,
        "execution_id": execution.execution_id,
        "stream_keys": [execution.stream.key] if execution.stream else [],
    }
    return Response(body, headers={"Location": STATUS_PATH + execution.execution_id})
