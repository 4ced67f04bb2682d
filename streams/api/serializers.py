"""Shapes of stream requests and replies. Nothing is decided here."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.http.json_objects import JsonObjectText, require_storable
from common.http.serializers import InstantText, JsonSerializer, TimeframeText
from streams.keys import InvalidStreamKey, read_params


class IndicatorText(serializers.RegexField):
    """An indicator's name, and its params where they are not the usual ones."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"^[a-z0-9_]{1,40}(:[a-z0-9._-]{1,80})?\Z", **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            read_params(text.partition(":")[2])
        except InvalidStreamKey:
            raise serializers.ValidationError(
                "Write params as name-value, with _ between them: macd:fast-5_slow-35."
            ) from None
        return text


class LatestOutputQuery(serializers.Serializer[Any]):
    timeframe = TimeframeText(max_length=8, required=False)
    params = JsonObjectText(required=False)


class HistoryQuery(serializers.Serializer[Any]):
    """Parameters of a history; ``from`` is a word of Python, so it is declared below."""

    to = InstantText(required=False, help_text="Before this instant.")
    as_of = InstantText(
        required=False, help_text="Only what was published by then; not in the future."
    )
    confirmed = serializers.BooleanField(
        required=False, help_text="Only those that rest on closed bars, or only the others."
    )
    timeframe = TimeframeText(max_length=8, required=False)
    params = JsonObjectText(required=False)
    format = serializers.ChoiceField(["json", "csv", "parquet"], required=False)
    cursor = serializers.CharField(
        required=False, help_text="From the next or previous link of a page; opaque."
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=200, help_text="Rows of a page, otherwise 50."
    )

    def get_fields(self) -> dict[str, Any]:
        instant = InstantText(required=False, help_text="At this instant or later.")
        return {"from": instant, **super().get_fields()}


class HistoryRow(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    timestamp = serializers.DateTimeField(help_text="What the value is about: market time.")
    value = serializers.JSONField(allow_null=True)
    metadata = serializers.DictField()
    bar_opened_at = serializers.DateTimeField(allow_null=True)
    confirmed = serializers.BooleanField()
    published_at = serializers.DateTimeField()


class HistoryPageReply(serializers.Serializer[Any]):
    stream_key = serializers.CharField()
    epoch = serializers.CharField(help_text="Of the numbers: as in the frames of a socket.")
    as_of = serializers.DateTimeField()
    next = serializers.URLField(allow_null=True, help_text="The page of older rows.")
    previous = serializers.URLField(allow_null=True, help_text="The page of newer rows.")
    results = HistoryRow(many=True)


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
    product_id = serializers.CharField(
        max_length=80, required=False, help_text="As the list of streams has it, or its own id."
    )
    execution_token = serializers.CharField(
        max_length=200, required=False, help_text="For a product: one made to follow its streams."
    )
    signal_types = serializers.ListField(
        child=serializers.ChoiceField(["public", "common", "marketplace", "personal"]),
        required=False,
        min_length=1,
        max_length=4,
        help_text="Default: that of the id that is named, or else common.",
    )
    indicators = serializers.ListField(
        child=IndicatorText(),
        required=False,
        min_length=1,
        max_length=50,
        help_text="Of the public and common types; default: all public, the usual common ones. A "
        "common one may come with its params, spelled as in a key: rsi:period-21.",
    )
    receive_email = serializers.BooleanField(default=False)
    timeframe = TimeframeText(max_length=8, required=False)
    params = serializers.DictField(required=False, validators=[require_storable])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "product_id" in attrs and "execution_token" not in attrs:
            raise serializers.ValidationError({"execution_token": "A product needs one."})
        return attrs


class DeniedStream(serializers.Serializer[Any]):
    stream_key = serializers.CharField()
    reason = serializers.CharField()


class TicketReply(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    stream_keys = serializers.ListField(child=serializers.CharField())
    allowed_streams = serializers.ListField(child=serializers.CharField())
    denied_streams = DeniedStream(many=True)
    websocket_url = serializers.CharField()
    connection_token = serializers.CharField(
        allow_null=True, help_text="Opens one socket, once; null when nothing can be followed."
    )
