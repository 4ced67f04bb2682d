"""What the operations take and answer, for the API's document; rows are read by market.rows."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from common.http.serializers import StrictSerializer
from market.models import Upload, UploadKind


class Tick(serializers.Serializer[Any]):
    instrument = serializers.CharField(help_text="Key of the instrument.")
    at = serializers.DateTimeField(help_text="When it happened, with its time zone.")
    event_id = serializers.CharField(
        max_length=64, help_text="Your name of this event: one that is sent again counts once."
    )
    source = serializers.CharField(  # type: ignore[assignment]  # DRF has one of that name
        max_length=40, required=False, help_text="Who says it; api when it is left out."
    )
    price = serializers.FloatField(required=False, help_text="Of a trade.")
    size = serializers.FloatField(required=False, help_text="Of a trade.")
    bid = serializers.FloatField(required=False, help_text="Of a quote.")
    ask = serializers.FloatField(required=False, help_text="Of a quote.")
    sequence = serializers.IntegerField(
        required=False, help_text="The source's own count of this instrument's ticks."
    )


class Bar(serializers.Serializer[Any]):
    instrument = serializers.CharField(help_text="Key of the instrument.")
    timeframe = serializers.CharField(help_text="1m to 1440m, 1h to 24h or 1d to 30d.")
    opened_at = serializers.DateTimeField(help_text="The first instant of the bar.")
    open = serializers.FloatField()
    high = serializers.FloatField()
    low = serializers.FloatField()
    close = serializers.FloatField()
    volume = serializers.FloatField()


class Ticks(StrictSerializer):
    ticks = serializers.ListField(child=Tick(), min_length=1)


class Bars(StrictSerializer):
    bars = serializers.ListField(child=Bar(), min_length=1)


OneOrManyTicks = PolymorphicProxySerializer(
    component_name="OneOrManyTicks", serializers=[Ticks, Tick], resource_type_field_name=None
)
OneOrManyBars = PolymorphicProxySerializer(
    component_name="OneOrManyBars", serializers=[Bars, Bar], resource_type_field_name=None
)


class OddTick(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="Counted from 1.")
    status = serializers.ChoiceField(
        choices=["duplicate", "flagged", "accepted"],
        help_text="flagged: kept, and no bar is made of it.",
    )
    reasons = serializers.ListField(child=serializers.CharField())


class TicksReply(serializers.Serializer[Any]):
    accepted = serializers.IntegerField(help_text="New, and bars are made of them.")
    duplicates = serializers.IntegerField(help_text="Recorded before, with the same numbers.")
    flagged = serializers.DictField(
        child=serializers.IntegerField(), help_text="Kept but not used, by reason."
    )
    remarks = serializers.DictField(
        child=serializers.IntegerField(), help_text="Accepted though something was odd, by reason."
    )
    rows = OddTick(many=True, help_text="Those that were not simply accepted.")


class GapReply(serializers.Serializer[Any]):
    instrument = serializers.CharField(source="instrument_key")
    timeframe = serializers.CharField()
    after = serializers.DateTimeField(help_text="When the bar before closed.")
    until = serializers.DateTimeField(help_text="When the bar after opened.")
    missing = serializers.IntegerField(
        help_text="How many bars the exchange's calendar has in between; 10000 and more are 10000."
    )


class BarsReply(serializers.Serializer[Any]):
    accepted = serializers.IntegerField(help_text="New.")
    duplicates = serializers.IntegerField(help_text="Recorded before, with the same numbers.")
    gaps = GapReply(many=True, help_text="Where bars are missing before those that were sent.")


class Corrections(serializers.Serializer[Any]):
    bars = Bar(many=True, help_text="Recorded bars, with their right numbers.")
    reason = serializers.CharField(max_length=500, help_text="Why the numbers change.")
    known_at = serializers.DateTimeField(
        required=False,
        help_text="From when on reads have the new numbers: when they became known, in market "
        "time. Left out: now.",
    )


class CorrectedBar(serializers.Serializer[Any]):
    instrument = serializers.CharField(source="instrument_key")
    timeframe = serializers.CharField()
    opened_at = serializers.DateTimeField()
    known_at = serializers.DateTimeField()


class CorrectionsReply(serializers.Serializer[Any]):
    bars = CorrectedBar(many=True, help_text="Those whose numbers changed.")
    following = CorrectedBar(many=True, help_text="Longer bars that are made of them.")


class UploadQuery(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(
        choices=UploadKind.choices, required=False, help_text="What the rows are."
    )
    name = serializers.CharField(
        max_length=120, required=False, help_text="What the file is called, for people."
    )


@extend_schema_field(OpenApiTypes.BINARY)
class Attached(serializers.FileField):
    """A file inside a form."""


class UploadForm(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=UploadKind.choices, required=False)
    file = Attached(help_text="CSV or Parquet, with the columns of a tick or a bar.")


class RowError(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="Counted from 1 below the head.")
    field = serializers.CharField()
    message = serializers.CharField()


class UploadReply(serializers.ModelSerializer[Upload]):
    percent = serializers.IntegerField(help_text="0 to 100.")
    errors = RowError(  # type: ignore[assignment]  # DRF has one of that name
        many=True, help_text="The first that were refused."
    )
    flagged = serializers.DictField(
        child=serializers.IntegerField(), help_text="Kept but not used, by reason."
    )

    class Meta:
        model = Upload
        fields = (
            "id",
            "kind",
            "name",
            "size_bytes",
            "sha256",
            "uploaded_at",
            "state",
            "percent",
            "rows_total",
            "rows_done",
            "accepted",
            "duplicates",
            "kept_apart",
            "flagged",
            "refused",
            "errors",
            "problem",
            "finished_at",
        )
