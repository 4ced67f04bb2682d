"""Shapes of the gateway's queries and replies. Bounds and rights are decided elsewhere."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.http.json_objects import JsonObjectText
from common.http.serializers import InstantText, StrictSerializer, TimeframeText
from gateway.requests import BARS_DEFAULT, BARS_MAX, OUTPUTS_MAX
from market.metrics import METRICS

OUTPUTS_DEFAULT = 100


@extend_schema_field({"type": "string", "enum": [*METRICS]})
class MetricName(serializers.CharField):
    """The name of a metric, as it was written: a read knows which there are."""


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": BARS_MAX})
class BarCount(serializers.IntegerField):
    """How many bars, as it was written: a read knows how many there may be."""


class MarketDataQuery(StrictSerializer):
    instrument = serializers.CharField(help_text="Key of the instrument, such as AAPL.")
    timeframe = TimeframeText(default="1d")
    bars = BarCount(default=BARS_DEFAULT, help_text=f"1 to {BARS_MAX}.")
    as_of = InstantText(
        required=False, help_text="Only what was known then; not in the future. Default: now."
    )


class BarReply(serializers.Serializer[Any]):
    opened_at = serializers.DateTimeField()
    open = serializers.FloatField()
    high = serializers.FloatField()
    low = serializers.FloatField()
    close = serializers.FloatField()
    volume = serializers.FloatField()


class MarketDataReply(serializers.Serializer[Any]):
    instrument = serializers.CharField()
    timeframe = serializers.CharField()
    as_of = serializers.DateTimeField()
    bars = BarReply(many=True)


class MetricsQuery(StrictSerializer):
    instrument = serializers.CharField(help_text="Key of the instrument, such as AAPL.")
    name = MetricName(
        required=False, help_text=f"One of {', '.join(METRICS)}. Default: all of them."
    )
    as_of = InstantText(
        required=False, help_text="Only what was known then; not in the future. Default: now."
    )


class MetricReply(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    description = serializers.CharField()


class MetricsReply(serializers.Serializer[Any]):
    instrument = serializers.CharField()
    as_of = serializers.DateTimeField()
    metrics = serializers.DictField(child=MetricReply())


class LatestOutputQuery(StrictSerializer):
    instrument = serializers.CharField(help_text="Key of the instrument, such as AAPL.")
    timeframe = TimeframeText(required=False, help_text="Default: the script's own timeframe.")
    params = JsonObjectText(
        required=False, help_text='JSON object, such as {"period": 14}. Default: {}.'
    )


class OutputHistoryQuery(LatestOutputQuery):
    limit = serializers.IntegerField(default=OUTPUTS_DEFAULT, min_value=1, max_value=OUTPUTS_MAX)
    as_of = InstantText(
        required=False, help_text="Only what was known then; not in the future. Default: now."
    )


class OutputReply(serializers.Serializer[Any]):
    value = serializers.JSONField(allow_null=True)
    timestamp = serializers.DateTimeField()
    metadata = serializers.JSONField()


class LatestOutputReply(OutputReply):
    script_id = serializers.UUIDField()
    instrument = serializers.CharField()
    timeframe = serializers.CharField()


class OutputHistoryReply(serializers.Serializer[Any]):
    script_id = serializers.UUIDField()
    instrument = serializers.CharField()
    timeframe = serializers.CharField()
    as_of = serializers.DateTimeField()
    outputs = OutputReply(many=True)
