"""Shapes of requests that say what they do not know."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from rest_framework import serializers

# Fields, what JSON may have for them, and how that is called. True is no number.
JSON_TYPES: tuple[tuple[tuple[type, ...], tuple[type, ...], str], ...] = (
    ((serializers.CharField, serializers.UUIDField, serializers.DateTimeField), (str,), "text"),
    ((serializers.IntegerField, serializers.FloatField), (int, float), "number"),
    ((serializers.BooleanField,), (bool,), "yes or no: true or false"),
)


class StrictSerializer(serializers.Serializer[Any]):
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
            self._require_types_of_json(data)
        return super().to_internal_value(data)

    def _require_types_of_json(self, data: dict[str, Any]) -> None:
        """Refuse 0 where a text is meant and "1" where a number is: a query has only texts."""
        if isinstance(data, QueryDict):
            return
        wrong = {
            name: f"Not a {wanted}."
            for name, field in self.fields.items()
            for kinds, types, wanted in JSON_TYPES
            if isinstance(field, kinds)
            and data.get(name) is not None
            and not isinstance(data[name], types)
        }
        if wrong:
            raise serializers.ValidationError(wrong)
