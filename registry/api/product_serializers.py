"""Shapes of requests and replies about products. Nothing is decided here."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.http.serializers import JsonSerializer, StrictSerializer, VersionText
from registry.models import Product, ProductSubscription, ProductUsage, TokenPurpose


class ProductRequest(StrictSerializer):
    script_id = serializers.UUIDField()
    name = serializers.CharField(required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    signal_name = serializers.CharField(required=False)


class ProductEditRequest(StrictSerializer):
    name = serializers.CharField(required=False)
    description = serializers.CharField(required=False, allow_blank=True)


class ReasonRequest(StrictSerializer):
    reason = serializers.CharField(required=False, allow_blank=True)


class SubscribeToProductRequest(StrictSerializer):
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False)


class TokenRequest(StrictSerializer):
    purpose = serializers.ChoiceField(TokenPurpose.choices, default=TokenPurpose.EXECUTE)


class ProductReply(serializers.ModelSerializer[Product]):
    """A product as everybody sees it; what runs, but not its source."""

    author = serializers.CharField(source="script.owner.username")
    version = serializers.CharField(source="script.current_version.version", default=None)
    repaints = serializers.BooleanField(
        help_text="Its reviewer found that later bars change what it put out."
    )

    class Meta:
        model = Product
        fields: tuple[str, ...] = (
            "id",
            "name",
            "description",
            "signal_name",
            "script_id",
            "author",
            "version",
            "repaints",
            "listed_at",
            "retired_at",
            "created_at",
        )


class ProductSubscriptionReply(serializers.ModelSerializer[ProductSubscription]):
    product = ProductReply()

    class Meta:
        model = ProductSubscription
        fields: tuple[str, ...] = (
            "id",
            "product",
            "starts_at",
            "ends_at",
            "cancelled_at",
            "created_at",
        )


class IssuedTokenReply(serializers.Serializer[Any]):
    execution_token = serializers.CharField(source="token")
    product_id = serializers.CharField()
    subscription_id = serializers.CharField()
    purpose = serializers.CharField()
    expires_at = serializers.DateTimeField()


class UsageReply(serializers.ModelSerializer[ProductUsage]):
    subscriber = serializers.CharField(source="subscription.user.username")

    class Meta:
        model = ProductUsage
        fields: tuple[str, ...] = (
            "day",
            "product_id",
            "subscription_id",
            "subscriber",
            "purpose",
            "count",
        )


class ImportRequest(StrictSerializer):
    product_id = serializers.CharField(max_length=80)
    execution_token = serializers.CharField(max_length=200, trim_whitespace=False)


class ImportReply(serializers.Serializer[Any]):
    product_id = serializers.CharField(source="product.external_id")
    script_id = serializers.UUIDField(source="version.script_id")
    version = serializers.CharField(source="version.version")
    status = serializers.CharField(source="version.status")
    sha256 = serializers.CharField(source="source_sha256")


class VerifyRequest(JsonSerializer):
    """What other platforms send; what we do not know of it is ignored."""

    execution_token = serializers.CharField(max_length=200, trim_whitespace=False)
    product_id = serializers.CharField(max_length=80)
    user_id = serializers.CharField(max_length=80)


class ValidateRequest(JsonSerializer):
    execution_token = serializers.CharField(max_length=200, trim_whitespace=False)
    product_id = serializers.CharField(max_length=80)
    purpose = serializers.ChoiceField(TokenPurpose.choices, default=TokenPurpose.STREAM)


class VerifyReply(serializers.Serializer[Any]):
    is_valid = serializers.BooleanField()  # type: ignore[assignment]  # the contract's name
    product_id = serializers.CharField()
    user_id = serializers.CharField()
    subscription_id = serializers.CharField(required=False)
    expires_at = serializers.DateTimeField(allow_null=True)


class AccessRequest(JsonSerializer):
    execution_token = serializers.CharField(max_length=200, trim_whitespace=False)
    product_id = serializers.CharField(max_length=80)
    version = VersionText(max_length=40, required=False, allow_null=True)
    script_type = serializers.ChoiceField(["signal"], default="signal")


class AccessReply(serializers.Serializer[Any]):
    presigned_url = serializers.CharField()
    metadata = serializers.DictField()
    version = serializers.CharField()
