"""Which texts the registry accepts from people."""

from __future__ import annotations

from common.errors import InvalidInput, TooLarge


class InvalidText(InvalidInput):
    """A text is missing, too long, or holds characters that cannot be stored."""

    code = "invalid_text"


class SourceTooLarge(TooLarge):
    """The source is larger than a script may be."""

    code = "source_too_large"


def clean_text(text: str, *, field: str, max_length: int, required: bool = False) -> str:
    """Return a text without surrounding white space.

    Raises
    ------
    InvalidText
        It is empty though required, longer than ``max_length`` characters, or not storable.
    """
    text = text.strip()
    if required and not text:
        raise InvalidText(f"{field}: write something here.", field=field)
    if len(text) > max_length:
        raise InvalidText(
            f"{field}: {len(text)} characters; at most {max_length} are allowed.", field=field
        )
    _require_storable(text, field=field)
    return text


def clean_source(source: str, *, max_bytes: int) -> str:
    """Return a source with the line ends of Unix, so that its hash is the same from any editor.

    Raises
    ------
    InvalidText
        It is empty or not storable; ``line`` says where.
    SourceTooLarge
        It has more than ``max_bytes`` bytes in UTF-8.
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    if not source.strip():
        raise InvalidText("source: a script needs at least one statement.", field="source")
    _require_storable(source, field="source")
    size = len(source.encode())
    if size > max_bytes:
        raise SourceTooLarge(
            f"source: {size} bytes; a script has at most {max_bytes}.",
            field="source",
            size_bytes=size,
            max_bytes=max_bytes,
        )
    return source


def _require_storable(text: str, *, field: str) -> None:
    for line, content in enumerate(text.split("\n"), start=1):
        if "\x00" in content:
            raise InvalidText(
                f"{field}: line {line} holds the character NUL; remove it.", field=field, line=line
            )
        if any("\ud800" <= character <= "\udfff" for character in content):
            raise InvalidText(
                f"{field}: line {line} is not valid Unicode text.", field=field, line=line
            )
