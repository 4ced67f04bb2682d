"""Shapes of execution requests and replies. Nothing is decided here."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.http.serializers import StrictSerializer, TimeframeText, VersionText
from execution.models import Execution, Trigger
from execution.services.results import Result


class RunShape(StrictSerializer):
    instrument = serializers.CharField(max_length=40)
    timeframe = TimeframeText(max_length=8, required=False)
    params = serializers.DictField(required=False, default=dict)


@extend_schema_field({"type": "string", "enum": Trigger.values})
class TriggerText(serializers.CharField):
    """What sets a run off, as it was written: a service reads it."""


class SubscribeRequest(RunShape):
    trigger = TriggerText(
        max_length=20, required=False, help_text="bar unless said, tick or schedule."
    )
    schedule = serializers.CharField(
        max_length=200,
        required=False,
        help_text="Five fields of cron, such as 30 9 * * MON-FRI; with the trigger schedule only.",
    )
    zone = serializers.CharField(
        max_length=60,
        required=False,
        help_text="By whose clocks, as in the IANA database; UTC unless said.",
    )


class ExecuteRequest(RunShape):
    version = VersionText(max_length=40, required=False)
    as_of = serializers.DateTimeField(required=False)


class PersonalRunRequest(StrictSerializer):
    script_id = serializers.UUIDField()
    instrument = serializers.CharField(max_length=40)
    params = serializers.DictField(required=False, default=dict)


class MarketplaceRunRequest(StrictSerializer):
    execution_token = serializers.CharField(max_length=200)
    product_id = serializers.CharField(max_length=80)
    instrument = serializers.CharField(max_length=40)
    params = serializers.DictField(required=False, default=dict)
    subscription_id = serializers.CharField(max_length=80, required=False)


class BackgroundRunReply(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    message = serializers.CharField()
    execution_id = serializers.CharField()
    stream_keys = serializers.ListField(child=serializers.CharField())
    error = serializers.CharField(required=False)


class OutputShape(serializers.Serializer[Any]):
    value = serializers.JSONField()
    timestamp = serializers.DateTimeField()
    metadata = serializers.DictField()


class ExecuteReply(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    message = serializers.CharField()
    execution_id = serializers.CharField()
    script_id = serializers.UUIDField()
    version = serializers.CharField()
    instrument = serializers.CharField()
    timeframe = serializers.CharField()
    as_of = serializers.DateTimeField()
    output = OutputShape(allow_null=True)
    outputs = OutputShape(many=True)
    log = serializers.ListField(child=serializers.CharField())
    usage = serializers.DictField()


class SubscribeReply(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    message = serializers.CharField()
    subscription_id = serializers.UUIDField()
    stream_keys = serializers.ListField(child=serializers.CharField())
    next_runs = serializers.ListField(
        child=serializers.DateTimeField(),
        required=False,
        help_text="With a schedule: its next three instants.",
    )
    websocket_path = serializers.CharField()


class StatusReply(serializers.Serializer[Any]):
    execution_id = serializers.CharField()
    status = serializers.CharField()
    message = serializers.CharField()
    started_at = serializers.DateTimeField(required=False)
    updated_at = serializers.DateTimeField()
    error = serializers.DictField(required=False)


def execute_reply(execution: Execution, result: Result) -> dict[str, Any]:
    """Return the reply to a synchronous run that completed, with what its user is given of it."""
    return {
        "success": True,
        "message": "Execution completed" if result.outputs else "Completed without an output",
        "execution_id": execution.execution_id,
        "script_id": str(execution.version.script_id),
        "version": execution.version.version,
        "instrument": execution.instrument_key,
        "timeframe": execution.timeframe,
        "as_of": execution.as_of,
        "output": result.outputs[-1] if result.outputs else None,
        "outputs": result.outputs,
        "log": result.log,
        "usage": execution.usage(),
    }
