"""Bodies of API requests."""

from __future__ import annotations

import json
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

    Half of a surrogate pair is no text: no table, log or reply could repeat it.
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
            # Whole: it may stand in a name as well, and however deep.
            json.dumps(value, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError("It is nested too deeply.") from None
        except UnicodeEncodeError:
            raise ParseError("A text holds half of a surrogate pair.") from None
        return value


def require_bounded_body(meta: Mapping[str, Any]) -> None:
    """Raise BodyTooLarge before anything of a body that is too long is read."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    length = str(meta.get("CONTENT_LENGTH") or "0")
    if length.isdigit() and int(length) > limit:
        raise BodyTooLarge(f"The body: at most {limit} bytes.", field="body")
