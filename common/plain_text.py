"""Text of strangers as a message may repeat it: what no table, log or page takes is replaced."""

from __future__ import annotations

UNSEEN = "\N{REPLACEMENT CHARACTER}"


def plain(text: str, *, longest: int) -> str:
    """Return the beginning of a text, of at most so many characters, each of which can be seen.

    NUL, halves of surrogate pairs, control and formatting characters have a sign in their place.
    """
    return "".join(each if each.isprintable() else UNSEEN for each in text[:longest])
