"""Shapes of requests that say what they do not know."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

TEXTS = (serializers.CharField, serializers.UUIDField, serializers.DateTimeField)


# 1m to 1440m, 1h to 24h, 1d to 30d
TIMEFRAME = r"^(([1-9]\d{0,2}|1[0-3]\d\d|14[0-3]\d|1440)m|([1-9]|1\d|2[0-4])h|([1-9]|[12]\d|30)d)$"

# Three whole numbers without leading zeros, of at most six digits each
_NUMBER = r"(0|[1-9][0-9]{0,5})"
_NUMBERS = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
VERSION = f"^{_NUMBERS}$"
VERSION_OR_EMPTY = f"^({_NUMBERS})?$"


@extend_schema_field({"type": "string", "format": "date-time"})
class InstantText(serializers.CharField):
    """An ISO 8601 instant with its zone, as it was written: a service reads it."""


@extend_schema_field({"type": "string", "pattern": TIMEFRAME})
class TimeframeText(serializers.CharField):
    """The length of a bar, as it was written: a service reads it."""


@extend_schema_field({"type": "string", "pattern": VERSION})
class VersionText(serializers.CharField):
    """A version number, as it was written: a service reads it."""


@extend_schema_field({"type": "string", "pattern": VERSION_OR_EMPTY})
class VersionOrEmptyText(serializers.CharField):
    """A version number or nothing, as it was written: a service reads it."""


class JsonSerializer(serializers.Serializer[Any]):
    """Takes JSON's numbers for no text: 0 is no id, and 1 no name."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        numbers = {
            name: "Not a text."
            for name, field in self.fields.items()
            if _is_number_for_text(field, data.get(name))
        }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict):
                raise serializers.ValidationError({**numbers, **error.detail}) from None
            raise
        if numbers:
            raise serializers.ValidationError(numbers)
        return values


class StrictSerializer(JsonSerializer):
    """Refuses fields that it does not know, so that a misspelt one is not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            known = ", ".join(self.fields) or "none"
            unknown = {
                name: f"There is no such field; the fields are: {known}."
                for name in data
                if name not in self.fields
            }
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


def _is_number_for_text(field: serializers.Field[Any, Any, Any, Any], value: Any) -> bool:
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        return any(_is_number_for_text(field.child, item) for item in value)
    return isinstance(field, TEXTS) and isinstance(value, (bool, int, float))
