"""Bodies of API requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from common.errors import TooLarge


class BodyTooLarge(TooLarge):
    """A request's body is larger than any that makes sense here."""

    code = "request_too_large"


class StrictJSONParser(parsers.JSONParser):
    """Read JSON as RFC 8259 has it; what nests too deeply is the caller's mistake, not ours.

    A name with half of a surrogate pair is no text: no reply could repeat it. Values are for their
    fields to judge, which say where they stand.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        if parser_context is not None:
            require_bounded_body(parser_context["request"].META)
        try:
            value = super().parse(stream, media_type, parser_context)
            _require_text(value)
        except RecursionError:
            raise ParseError("It is nested too deeply.") from None
        except UnicodeEncodeError:
            raise ParseError("A name holds half of a surrogate pair.") from None
        return value


def _require_text(value: Any) -> None:
    """Raise UnicodeEncodeError for a name, however deep, that no text can hold."""
    inner = [value]
    while inner:
        one = inner.pop()
        if isinstance(one, dict):
            for name in one:
                name.encode()
            inner += one.values()
        elif isinstance(one, list):
            inner += one


def require_bounded_body(meta: Mapping[str, Any]) -> None:
    """Raise BodyTooLarge before anything of a body that is too long is read."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    length = str(meta.get("CONTENT_LENGTH") or "0")
    if length.isdigit() and int(length) > limit:
        raise BodyTooLarge(f"The body: at most {limit} bytes.", field="body")
