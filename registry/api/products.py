"""Products, subscriptions to them, tokens of their use, and how often they were used."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from common.clock import utc_now
from common.http.pagination import NewestFirst
from common.http.serializers import StrictSerializer
from registry import access, product_access
from registry.api import product_serializers as shapes
from registry.models import Product, ProductUsage, TokenPurpose
from registry.services import execution_tokens, product_subscriptions, products


class ProductsView(APIView):
    @extend_schema(responses=shapes.ProductReply(many=True))
    def get(self, request: AuthenticatedRequest) -> Response:
        """List the products that you may see, newest first: offered, yours and subscribed to."""
        visible = product_access.products_visible_to(request.user, at=utc_now())
        rows = visible.select_related("script__owner", "script__current_version")
        return _page(rows, shapes.ProductReply, request, self)

    @extend_schema(request=shapes.ProductRequest, responses={201: shapes.ProductReply})
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
    @extend_schema(responses=shapes.ProductReply)
    def get(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Show a product."""
        return Response(shapes.ProductReply(_product(request, product_id)).data)

    @extend_schema(request=shapes.ProductEditRequest, responses=shapes.ProductReply)
    def patch(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Change how a product of yours is described."""
        given = _checked(shapes.ProductEditRequest, request)
        product = _managed(request, product_id)
        edited = products.edit_product(product, **given, acting_user=request.user, now=utc_now())
        return Response(shapes.ProductReply(edited).data)


class ListProductView(APIView):
    @extend_schema(request=None, responses=shapes.ProductReply)
    def post(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Offer a product of yours to everybody."""
        product = _managed(request, product_id)
        listed = products.list_product(product, acting_user=request.user, now=utc_now())
        return Response(shapes.ProductReply(listed).data)


class RetireProductView(APIView):
    @extend_schema(request=shapes.ReasonRequest, responses=shapes.ProductReply)
    def post(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Take a product off the market for good; who subscribed keeps it."""
        given = _checked(shapes.ReasonRequest, request)
        product = _managed(request, product_id)
        retired = products.retire_product(product, **given, acting_user=request.user, now=utc_now())
        return Response(shapes.ProductReply(retired).data)


class SubscribeToProductView(APIView):
    @extend_schema(
        request=shapes.SubscribeToProductRequest, responses={201: shapes.ProductSubscriptionReply}
    )
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
    @extend_schema(request=shapes.TokenRequest, responses={201: shapes.IssuedTokenReply})
    def post(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Give out a token for one use of a product that you subscribed to, within two minutes."""
        purpose = TokenPurpose(_checked(shapes.TokenRequest, request)["purpose"])
        issued = execution_tokens.issue_token(
            _product(request, product_id), purpose, acting_user=request.user, now=utc_now()
        )
        reply = shapes.IssuedTokenReply(issued).data
        headers = {"Cache-Control": "no-store"}
        return Response(reply, status=status.HTTP_201_CREATED, headers=headers)


class ProductUsageView(APIView):
    @extend_schema(responses=shapes.UsageReply(many=True))
    def get(self, request: AuthenticatedRequest, product_id: UUID) -> Response:
        """Say how often a product of yours was used: by subscription, day and purpose."""
        product = _managed(request, product_id)
        usage = ProductUsage.objects.filter(product=product)
        return _page(usage.select_related("subscription__user"), shapes.UsageReply, request, self)


class ProductSubscriptionsView(APIView):
    @extend_schema(responses=shapes.ProductSubscriptionReply(many=True))
    def get(self, request: AuthenticatedRequest) -> Response:
        """List your subscriptions to products, ended ones too, newest first."""
        rows = product_subscriptions.subscriptions_of(request.user)
        return _page(rows, shapes.ProductSubscriptionReply, request, self)


class ProductSubscriptionView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: AuthenticatedRequest, subscription_id: UUID) -> Response:
        """End a subscription at once: yours, or one to a product of yours."""
        product_subscriptions.end_product_subscription(
            subscription_id, acting_user=request.user, now=utc_now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class SubscriptionUsageView(APIView):
    @extend_schema(responses=shapes.UsageReply(many=True))
    def get(self, request: AuthenticatedRequest, subscription_id: UUID) -> Response:
        """Say how often you used a subscription of yours, by day and purpose."""
        subscription = product_subscriptions.own_subscription(request.user, subscription_id)
        usage = ProductUsage.objects.filter(subscription=subscription)
        return _page(usage.select_related("subscription__user"), shapes.UsageReply, request, self)


def _product(request: AuthenticatedRequest, product_id: UUID) -> Product:
    return product_access.require_product(request.user, product_id, at=utc_now())


def _managed(request: AuthenticatedRequest, product_id: UUID) -> Product:
    return product_access.require_managed_product(request.user, product_id, at=utc_now())


def _checked(shape: type[StrictSerializer], request: AuthenticatedRequest) -> dict[str, Any]:
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _page(
    rows: QuerySet[Any],
    shape: type[BaseSerializer[Any]],
    request: AuthenticatedRequest,
    view: APIView,
) -> Response:
    pages = NewestFirst()
    page = pages.paginate_queryset(rows, request, view=view)
    return pages.get_paginated_response(shape(page, many=True).data)
