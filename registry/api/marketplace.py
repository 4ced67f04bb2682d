"""The marketplace's side of the token exchange, for other services of the platform."""

from __future__ import annotations

from typing import Any

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent
from common.clock import utc_now
from common.http.openapi import describe
from registry.api import product_serializers as shapes
from registry.api import refusals
from registry.api.internal_key import InternalKeyRequired, InternalServiceOnly
from registry.marketplace.client import require_marketplace
from registry.models import ExecutionToken, TokenPurpose
from registry.services import execution_tokens, remote_products

INTERNAL: list[dict[str, list[str]]] = [{"internalKey": []}]
NO_STORE = {"Cache-Control": "no-store"}


class VerifyTokenView(APIView):
    authentication_classes = ()
    permission_classes = (InternalServiceOnly,)

    @describe(
        request=shapes.VerifyRequest,
        responses=shapes.VerifyReply,
        raises=(InternalKeyRequired,),
        auth=INTERNAL,
    )
    def post(self, request: Request) -> Response:
        """Say whether a user may still run a product once with a token; it stays unused.

        Whatever is wrong with a token, the reply is the same.
        """
        given = _valid(shapes.VerifyRequest, request)
        found = execution_tokens.verify_token(
            given["execution_token"],
            product_id=given["product_id"],
            user_id=given["user_id"],
            purpose=TokenPurpose.EXECUTE,
            now=utc_now(),
        )
        return Response(verification(found, given), headers=NO_STORE)


class ValidateTokenView(APIView):
    @describe(request=shapes.ValidateRequest, responses=shapes.VerifyReply)
    def post(self, request: AuthenticatedRequest) -> Response:
        """Say whether a token of yours is still good for a product and purpose."""
        given = _valid(shapes.ValidateRequest, request)
        user_id = str(request.user.pk)
        found = execution_tokens.verify_token(
            given["execution_token"],
            product_id=given["product_id"],
            user_id=user_id,
            purpose=TokenPurpose(given["purpose"]),
            now=utc_now(),
        )
        return Response(verification(found, {**given, "user_id": user_id}), headers=NO_STORE)


class ScriptAccessView(APIView):
    authentication_classes = ()
    permission_classes = (InternalServiceOnly,)

    @describe(
        request=shapes.AccessRequest,
        responses=shapes.AccessReply,
        raises=refusals.EXCHANGING_TOKENS,
        auth=INTERNAL,
    )
    def post(self, request: Request) -> Response:
        """Exchange an execution token for an address of the script, good for a minute."""
        given = _valid(shapes.AccessRequest, request)
        access = execution_tokens.exchange_token(
            given["execution_token"],
            product_id=given["product_id"],
            version=given.get("version"),
            now=utc_now(),
        )
        return Response(shapes.AccessReply(access).data, headers=NO_STORE)


class ImportView(APIView):
    @describe(
        request=shapes.ImportRequest,
        responses={201: shapes.ImportReply},
        raises=refusals.IMPORTING,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest) -> Response:
        """Bring a product of the configured marketplace here; it runs once it is reviewed."""
        given = _valid(shapes.ImportRequest, request)
        imported = remote_products.import_product(
            require_marketplace(), **given, acting_user=request.user, now=utc_now()
        )
        return Response(shapes.ImportReply(imported).data, status=status.HTTP_201_CREATED)


def verification(found: ExecutionToken | None, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of a token; of one that is not good only what was asked."""
    body = {
        "is_valid": found is not None,
        "product_id": asked["product_id"],
        "user_id": asked["user_id"],
        "expires_at": found.expires_at if found else None,
    }
    return {**body, "subscription_id": str(found.subscription_id)} if found else body


def _valid(shape: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
