"""Bytes as a person can compare them: with signs for what is not seen, and in hexadecimal."""

from __future__ import annotations

import re
from dataclasses import dataclass

SIGNS = {"\n": "\\n\n", "\r": "\\r", "\t": "\\t", "\ufeff": "\\ufeff", "\u00a0": "\\u00a0"}
# A run of spaces is looked at once, from its beginning: otherwise long ones would take forever.
UNSEEN = re.compile(r"(?<! ) ++(?=\n|\r|\Z)|[\x00-\x1f\x7f\ufeff\u00a0]")
DUMPED_AT_EACH_END = 256
PER_LINE = 16


@dataclass(frozen=True)
class Piece:
    """A piece of a text; ``is_sign`` where it stands for something that is not seen."""

    text: str
    is_sign: bool


def pieces_of(raw: bytes) -> list[Piece]:
    """Return a text in pieces; a newline has its sign and still ends its line."""
    text = raw.decode(errors="backslashreplace")
    found: list[Piece] = []
    position = 0
    for match in UNSEEN.finditer(text):
        if match.start() > position:
            found.append(Piece(text[position : match.start()], is_sign=False))
        found.append(Piece(_sign(match[0]), is_sign=True))
        position = match.end()
    if position < len(text):
        found.append(Piece(text[position:], is_sign=False))
    return found


def hex_dump(raw: bytes) -> str:
    """Return bytes in lines of 16, each with its position; the middle of many is left out."""
    if len(raw) <= 2 * DUMPED_AT_EACH_END:
        return "\n".join(_lines(raw, 0, len(raw)))
    # The end begins with a whole line, so that positions stay multiples of 16.
    resume = (len(raw) - DUMPED_AT_EACH_END) // PER_LINE * PER_LINE
    left_out = f"… {resume - DUMPED_AT_EACH_END} bytes left out …"
    lines = [*_lines(raw, 0, DUMPED_AT_EACH_END), left_out, *_lines(raw, resume, len(raw))]
    return "\n".join(lines)


def _lines(raw: bytes, start: int, end: int) -> list[str]:
    found = []
    for position in range(start, end, PER_LINE):
        chunk = raw[position : min(position + PER_LINE, end)]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in chunk)
        found.append(f"{position:06x}  {chunk.hex(' '):<{PER_LINE * 3 - 1}}  {text}")
    return found


def _sign(unseen: str) -> str:
    if unseen[0] == " ":
        return "·" * len(unseen)
    return SIGNS.get(unseen, f"\\x{ord(unseen):02x}")
