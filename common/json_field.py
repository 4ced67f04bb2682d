"""JSON that a person writes in a form, over several lines."""

from __future__ import annotations

import json
from typing import Any

from django import forms

CODE_ATTRIBUTES = {
    "spellcheck": "false",
    "autocapitalize": "off",
    "autocomplete": "off",
    "wrap": "off",
    "class": "code",
}


class JSONObjectField(forms.CharField):
    """A JSON object, or None where nothing was written; a mistake is told with its line.

    Django's own field reads a text again to show it, and fails on one that nests too deeply.
    """

    widget = forms.Textarea(attrs={**CODE_ATTRIBUTES, "rows": 12})

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            read = json.loads(text)
        except json.JSONDecodeError as error:
            raise forms.ValidationError(
                f"This is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.",
                code="invalid",
            ) from None
        except RecursionError:
            raise forms.ValidationError("It is nested too deeply.", code="invalid") from None
        if read is not None and not isinstance(read, dict):
            raise forms.ValidationError("Write a JSON object: { … }.", code="invalid")
        return read

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return json.dumps(value, indent=2, ensure_ascii=False)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))
