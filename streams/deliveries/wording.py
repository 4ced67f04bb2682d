"""Other people's texts in our messages: one short line that cannot pass for a word of ours.

A script's name is chosen by its author and is read in a mail that comes from us. So it stands in
quotation marks beside who wrote it, without control characters, marks of direction and invisible
characters, with letters that only look different made plain, and so that no program makes a link
of it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

NAME_MAX_CHARACTERS = 60
VALUE_MAX_CHARACTERS = 120
UNSEEN = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
LINK = re.compile(r"(?i)(://|\bwww\.|(?<=\w)\.(?=[a-z]{2,}\b)|@|\bmailto:)")
DOT = "\u2024"  # one dot leader: looks like a full stop, and makes no host name


def quoted(text: str, *, limit: int = NAME_MAX_CHARACTERS) -> str:
    """Return somebody's text in quotation marks."""
    return f"“{plain(text, limit=limit)}”"


def plain(text: str, *, limit: int = NAME_MAX_CHARACTERS) -> str:
    """Return somebody's text as one short line that makes no link."""
    seen = (
        " " if character in "\r\n\t" else character
        for character in unicodedata.normalize("NFKC", text)
        if character in "\r\n\t" or unicodedata.category(character) not in UNSEEN
    )
    line = " ".join("".join(seen).split()).translate({ord("“"): "'", ord("”"): "'"})
    unlinked = LINK.sub(_unlinked, line)
    return unlinked if len(unlinked) <= limit else unlinked[: limit - 1] + "…"


def value_in_words(value: Any) -> str:
    """Return a value as a person reads it, on one line."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return plain(text, limit=VALUE_MAX_CHARACTERS)


def _unlinked(found: re.Match[str]) -> str:
    return {"://": ": //", "@": " at "}.get(found[0], found[0].replace(".", DOT).replace(":", " "))
