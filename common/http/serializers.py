"""Shapes of requests that say what they do not know."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

TEXTS = (serializers.CharField, serializers.UUIDField, serializers.DateTimeField)


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
            return self._checked(data)
        return super().to_internal_value(data)

    def _checked(self, data: dict[str, Any]) -> Any:
        """Take JSON's numbers for no text: 0 is no id, and 1 no name."""
        numbers = {
            name: "Not a text."
            for name, field in self.fields.items()
            if isinstance(field, TEXTS) and isinstance(data.get(name), (bool, int, float))
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
