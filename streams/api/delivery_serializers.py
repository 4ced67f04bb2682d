"""Shapes of what is said of destinations and deliveries. Nothing is decided here."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.http.serializers import StrictSerializer
from streams.models import Delivery, DeliveryState, Destination, DestinationKind, Following


class NewDestination(StrictSerializer):
    kind = serializers.ChoiceField(choices=DestinationKind.choices)
    name = serializers.CharField(max_length=80)
    address = serializers.CharField(
        max_length=2000,
        required=False,
        help_text="The URL of a receiver, or an e-mail address; a chat is linked by a code.",
    )


class DestinationChange(StrictSerializer):
    name = serializers.CharField(max_length=80, required=False)
    address = serializers.CharField(
        max_length=2000, required=False, help_text="The URL of a webhook."
    )
    enabled = serializers.BooleanField(required=False)
    digest_above = serializers.IntegerField(
        min_value=1,
        max_value=10_000,
        allow_null=True,
        required=False,
        help_text="More messages than this become a digest; null, for webhooks alone: never.",
    )
    digest_within_seconds = serializers.IntegerField(min_value=1, max_value=86_400, required=False)
    digest_every_seconds = serializers.IntegerField(min_value=1, max_value=86_400, required=False)
    quiet_from = serializers.TimeField(allow_null=True, required=False)
    quiet_until = serializers.TimeField(allow_null=True, required=False)
    time_zone = serializers.CharField(max_length=64, required=False)


class DestinationReply(serializers.ModelSerializer[Destination]):
    enabled = serializers.BooleanField(source="is_enabled")

    class Meta:
        model = Destination
        fields = (
            "id",
            "kind",
            "name",
            "address",
            "enabled",
            "disabled_reason",
            "created_at",
            "verified_at",
            "failing_since",
            "delivered_at",
            "digest_above",
            "digest_within_seconds",
            "digest_every_seconds",
            "quiet_from",
            "quiet_until",
            "time_zone",
        )
        read_only_fields = fields


class NewDestinationReply(DestinationReply):
    secret = serializers.CharField(
        allow_null=True, help_text="With which webhooks are signed: shown this once."
    )
    chat_code = serializers.CharField(
        allow_null=True, help_text="Write it to the bot within 15 minutes, to link your chat."
    )

    class Meta(DestinationReply.Meta):
        fields = (*DestinationReply.Meta.fields, "secret", "chat_code")  # type: ignore[assignment]


class SecretReply(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text="Shown this once; the old one signs too for a day.")


class FollowRequest(StrictSerializer):
    stream_key = serializers.CharField(max_length=2000)


class FollowingReply(serializers.ModelSerializer[Following]):
    stream_key = serializers.CharField(source="stream.key")
    newest_seq = serializers.IntegerField(source="stream.seq")
    delivered_seq = serializers.IntegerField(source="told_seq")

    class Meta:
        model = Following
        fields = ("id", "stream_key", "newest_seq", "delivered_seq", "followed_at", "ended_at")
        read_only_fields = fields


class ReplayRequest(StrictSerializer):
    stream_key = serializers.CharField(max_length=2000)
    from_seq = serializers.IntegerField(min_value=1, max_value=2**62)
    to_seq = serializers.IntegerField(
        min_value=1, max_value=2**62, required=False, help_text="The newest, if it is left out."
    )


class ResentReply(serializers.Serializer[Any]):
    resent = serializers.IntegerField()


class DeliveryQuery(serializers.Serializer[Any]):
    destination = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=DeliveryState.choices, required=False)


class DeliveryReply(serializers.ModelSerializer[Delivery]):
    destination = serializers.UUIDField(source="destination_id")
    stream_key = serializers.CharField(source="stream.key", default=None, allow_null=True)

    class Meta:
        model = Delivery
        fields = (
            "id",
            "message_id",
            "destination",
            "kind",
            "stream_key",
            "first_seq",
            "last_seq",
            "outputs",
            "reason",
            "state",
            "attempts",
            "next_attempt_at",
            "created_at",
            "attempted_at",
            "finished_at",
            "response_status",
            "response_excerpt",
            "latency_ms",
            "error",
        )
        read_only_fields = fields
