"""Shapes of stream requests and replies. Nothing is decided here."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers

from common.http.serializers import JsonSerializer


class JsonObject(serializers.CharField):
    """A JSON object in a query string."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            value = json.loads(super().to_internal_value(data))
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise serializers.ValidationError('Write a JSON object, for example {"period":14}.')
        return value


class LatestOutputQuery(serializers.Serializer[Any]):
    timeframe = serializers.CharField(max_length=8, required=False)
    params = JsonObject(required=False)


class NewestOutputReply(serializers.Serializer[Any]):
    instrument_key = serializers.CharField()
    indicator = serializers.CharField()
    period = serializers.IntegerField(allow_null=True)
    timestamp = serializers.DateTimeField()
    value = serializers.JSONField()
    metadata = serializers.DictField()


class StreamListQuery(serializers.Serializer[Any]):
    signal_type = serializers.ChoiceField(
        ["public", "common", "marketplace", "personal"], required=False
    )
    instruments = serializers.CharField(required=False)


class StreamListReply(serializers.Serializer[Any]):
    streams = serializers.DictField()
    counts = serializers.DictField(child=serializers.IntegerField())
    total = serializers.IntegerField()


class StreamsOfTypeReply(serializers.Serializer[Any]):
    """What is listed of one type, when one was asked for."""

    signal_type = serializers.CharField()
    streams = serializers.ListField(child=serializers.DictField())
    count = serializers.IntegerField()


class TicketRequest(JsonSerializer):
    instrument = serializers.CharField(max_length=64)
    personal_signal_id = serializers.UUIDField(required=False)
    product_id = serializers.UUIDField(required=False)
    execution_token = serializers.CharField(
        max_length=200, required=False, help_text="For a product: one made to follow its streams."
    )
    signal_types = serializers.ListField(child=serializers.CharField(), required=False)
    timeframe = serializers.CharField(max_length=8, required=False)
    params = serializers.DictField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "product_id" in attrs and "execution_token" not in attrs:
            raise serializers.ValidationError({"execution_token": "A product needs one."})
        if "product_id" not in attrs and "personal_signal_id" not in attrs:
            raise serializers.ValidationError(
                {"personal_signal_id": "Name a script, or a product with its execution_token."}
            )
        return attrs


class TicketReply(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    stream_keys = serializers.ListField(child=serializers.CharField())
    allowed_streams = serializers.ListField(child=serializers.CharField())
    denied_streams = serializers.ListField(child=serializers.DictField())
    websocket_url = serializers.CharField()
    connection_token = serializers.CharField()
