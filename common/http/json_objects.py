"""JSON objects among the parameters of a request, such as the params of a script."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers

from common.canonical import NotStorable, storable_json

NOT_AN_OBJECT = 'Write a JSON object, such as {"period": 14}.'
NOT_STORABLE = "Only text without NUL, finite numbers, true, false, null, lists and objects."


def require_storable(value: Any) -> None:
    """Raise a ValidationError for what the database cannot keep, or be asked for, as JSON."""
    try:
        storable_json(value)
    except NotStorable:
        raise serializers.ValidationError(NOT_STORABLE) from None


class JsonObjectText(serializers.CharField):
    """A JSON object, written into a query."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            value = json.loads(super().to_internal_value(data))
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise serializers.ValidationError(NOT_AN_OBJECT)
        require_storable(value)
        return value
