"""Products, subscriptions to them, tokens of their use, and how often they were used."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent
from common import row_scope
from common.clock import utc_now
from common.http.conditional import tagged, unchanged
from common.http.openapi import describe
from common.http.pagination import PagedView
from common.http.serializers import StrictSerializer
from registry import access, product_access
from registry.api import product_serializers as shapes
from registry.api import refusals
from registry.models import Product, ProductUsage, TokenPurpose
from registry.services import execution_tokens, locks, product_subscriptions, products


class ProductsView(PagedView):
    @describe(responses=shapes.ProductReply(many=True))
    def get(self, request: AuthenticatedRequest) -> Response:
        """List the products that you may see, newest first: offered, yours and subscribed to."""
        visible = product_access.products_visible_to(request.user, at=utc_now())
        rows = visible.select_related("script__owner", "script__current_version")
        with row_scope.within(row_scope.PLATFORM):  # an offered version's number and label
            return self.page(rows, shapes.ProductReply)

    @describe(
        request=shapes.ProductRequest,
        responses={201: shapes.ProductReply},
        raises=refusals.CREATING_PRODUCT,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest) -> Response:
        """Make a product of a published script of yours; it is offered once it is listed."""
        given = _checked(shapes.ProductRequest, request)
        script = access.require_visible(request.user, given.pop("script_id"), at=utc_now())
        product = products.create_product(script, **given, acting_user=request.user, now=utc_now())
        return Response(
            shapes.ProductReply(product).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": f"{request.path}/{product.pk}"},
        )


class ProductView(APIView):
    @describe(responses=shapes.ProductReply, raises=refusals.NAMING_PRODUCT, conditional=True)
    def get(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Show a product."""
        return tagged(request, shapes.ProductReply(_product(request, product_id)).data)

    @describe(
        request=shapes.ProductEditRequest,
        responses=shapes.ProductReply,
        raises=refusals.EDITING_PRODUCT,
        conditional=True,
    )
    def patch(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Change how a product of yours is described."""
        given = _checked(shapes.ProductEditRequest, request)
        with unchanged(request, lambda: shapes.ProductReply(_locked(request, product_id)).data):
            product = _managed(request, product_id)
            edited = products.edit_product(
                product, **given, acting_user=request.user, now=utc_now()
            )
        return tagged(request, shapes.ProductReply(edited).data)


class ListProductView(APIView):
    @describe(responses=shapes.ProductReply, raises=refusals.LISTING_PRODUCT)
    @idempotent
    def post(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Offer a product of yours to everybody."""
        product = _managed(request, product_id)
        listed = products.list_product(product, acting_user=request.user, now=utc_now())
        return Response(shapes.ProductReply(listed).data)


class RetireProductView(APIView):
    @describe(
        request=shapes.ReasonRequest,
        responses=shapes.ProductReply,
        raises=refusals.RETIRING_PRODUCT,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Take a product off the market for good; who subscribed keeps it."""
        given = _checked(shapes.ReasonRequest, request)
        product = _managed(request, product_id)
        retired = products.retire_product(product, **given, acting_user=request.user, now=utc_now())
        return Response(shapes.ProductReply(retired).data)


class SubscribeToProductView(APIView):
    @describe(
        request=shapes.SubscribeToProductRequest,
        responses={201: shapes.ProductSubscriptionReply},
        raises=refusals.SUBSCRIBING_TO_PRODUCT,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Subscribe to a product; it may be of another house."""
        given = _checked(shapes.SubscribeToProductRequest, request)
        subscription = product_subscriptions.subscribe_to_product(
            _product(request, product_id), **given, acting_user=request.user, now=utc_now()
        )
        return Response(
            shapes.ProductSubscriptionReply(subscription).data, status=status.HTTP_201_CREATED
        )


class TokensView(APIView):
    @describe(
        request=shapes.TokenRequest,
        responses={201: shapes.IssuedTokenReply},
        raises=refusals.ISSUING_TOKENS,
    )
    def post(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Give out a token for one use of a product that you subscribed to, within two minutes."""
        purpose = TokenPurpose(_checked(shapes.TokenRequest, request)["purpose"])
        issued = execution_tokens.issue_token(
            _product(request, product_id), purpose, acting_user=request.user, now=utc_now()
        )
        reply = shapes.IssuedTokenReply(issued).data
        headers = {"Cache-Control": "no-store"}
        return Response(reply, status=status.HTTP_201_CREATED, headers=headers)


class ProductUsageView(PagedView):
    @describe(responses=shapes.UsageReply(many=True), raises=refusals.MANAGING_PRODUCT)
    def get(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Say how often a product of yours was used: by subscription, day and purpose."""
        product = _managed(request, product_id)
        usage = ProductUsage.objects.filter(product=product)
        return self.page(usage.select_related("subscription__user"), shapes.UsageReply)


class ProductSubscriptionsView(PagedView):
    @describe(responses=shapes.ProductSubscriptionReply(many=True))
    def get(self, request: AuthenticatedRequest) -> Response:
        """List your subscriptions to products, ended ones too, newest first."""
        rows = product_subscriptions.subscriptions_of(request.user)
        return self.page(rows, shapes.ProductSubscriptionReply)


class ProductSubscriptionView(APIView):
    @describe(responses={204: None}, raises=refusals.NAMING_SUBSCRIPTION)
    def delete(self, request: AuthenticatedRequest, subscription_id: UUID) -> Response:
        """End a subscription at once: yours, or one to a product of yours."""
        product_subscriptions.end_product_subscription(
            subscription_id, acting_user=request.user, now=utc_now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class SubscriptionUsageView(PagedView):
    @describe(responses=shapes.UsageReply(many=True), raises=refusals.NAMING_SUBSCRIPTION)
    def get(self, request: AuthenticatedRequest, subscription_id: UUID) -> Response:
        """Say how often you used a subscription of yours, by day and purpose."""
        subscription = product_subscriptions.own_subscription(request.user, subscription_id)
        usage = ProductUsage.objects.filter(subscription=subscription)
        return self.page(usage.select_related("subscription__user"), shapes.UsageReply)


def _product(request: AuthenticatedRequest, product_id: UUID) -> Product:
    return product_access.require_product(request.user, product_id, at=utc_now())


def _locked(request: AuthenticatedRequest, product_id: UUID) -> Product:
    locks.lock_product(product_id)
    return _product(request, product_id)


def _managed(request: AuthenticatedRequest, product_id: UUID) -> Product:
    return product_access.require_managed_product(request.user, product_id, at=utc_now())


def _checked(shape: type[StrictSerializer], request: AuthenticatedRequest) -> dict[str, Any]:
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
