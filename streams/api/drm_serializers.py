"""Shapes of requests for marks and searches. Nothing is decided here."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.http.serializers import StrictSerializer
from streams.models import LeakVerdict
from streams.watermarks.embedding import ALGORITHM

__all__ = [
    "DetectLeakRequest",
    "FindLeakRequest",
    "LeakSearchReply",
    "StrictSerializer",
    "WatermarkReply",
    "WatermarkRequest",
]


class WatermarkRequest(StrictSerializer):
    signal_id = serializers.UUIDField(help_text="The script.")
    subscription_id = serializers.UUIDField()
    payload = serializers.DictField(help_text="An output: value, timestamp, metadata.")
    algorithm = serializers.ChoiceField([ALGORITHM], default=ALGORITHM)


class WatermarkReply(serializers.Serializer[Any]):
    watermarked_payload = serializers.DictField()
    watermark_hash = serializers.CharField()


class FindLeakRequest(StrictSerializer):
    values = serializers.CharField(help_text="CSV, or a number a line.", trim_whitespace=False)
    instrument = serializers.CharField(
        max_length=64, default="", allow_blank=True, help_text="Default: all are searched."
    )


class DetectLeakRequest(FindLeakRequest):
    product_id = serializers.UUIDField()


class SuspectReply(serializers.Serializer[Any]):
    subscription_id = serializers.UUIDField()
    agreeing = serializers.IntegerField(help_text="Of the marks that were compared.")
    log10_p = serializers.FloatField(help_text="That one innocent subscription agrees so.")
    log10_adjusted = serializers.FloatField(help_text="That the best of all that many does.")
    accused = serializers.BooleanField()


class LeakSearchReply(serializers.Serializer[Any]):
    search_id = serializers.UUIDField()
    product_id = serializers.UUIDField()
    stream_key = serializers.CharField(allow_null=True)
    verdict = serializers.ChoiceField(LeakVerdict.choices)
    rows = serializers.IntegerField()
    matched = serializers.IntegerField()
    marked = serializers.IntegerField()
    needed = serializers.IntegerField()
    compared = serializers.IntegerField()
    suspects = SuspectReply(many=True)
