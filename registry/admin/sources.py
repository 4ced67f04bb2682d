"""A hostile author's source, made readable: highlighted, compared, and with nothing hidden."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice

from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

CONTEXT_LINES = 3
# Matching lines takes time that grows with their product, and the author chooses them.
MAX_COMPARED_LINES = 2000
UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Zl", "Zp"})  # control, format, private, line ends
MAX_REPORTED = 20


@dataclass(frozen=True)
class DiffLine:
    """One row of a comparison; the line number is None on the side that lacks the line."""

    kind: str  # same, removed, added or gap
    old_number: int | None
    new_number: int | None
    text: str

    @property
    def sign(self) -> str:
        """Return the mark that says the same as the colour."""
        return {"removed": "-", "added": "+", "gap": "⋯"}.get(self.kind, "")


@dataclass(frozen=True)
class HiddenCharacter:
    """A character that readers do not see, or that reorders what they see."""

    line: int
    code_point: str
    name: str


def highlighted(source: str) -> SafeString:
    """Return a source as HTML with line numbers; classes only, no inline style."""
    formatter = HtmlFormatter(linenos="table", cssclass="source", lineanchors="line")
    # Pygments escapes the text; the markup around it is its own.
    return mark_safe(highlight(visible(source), PythonLexer(stripnl=False), formatter))


def hidden_characters(source: str) -> list[HiddenCharacter]:
    """Return the invisible and reordering characters of a source, at most 20."""
    found = (
        HiddenCharacter(number, _code_point(character), unicodedata.name(character, "unnamed"))
        for number, line in enumerate(source.split("\n"), start=1)
        for character in line
        if _is_unseen(character)
    )
    return list(islice(found, MAX_REPORTED))


def visible(text: str) -> str:
    """Return a text with its invisible and reordering characters written as code points."""
    return "".join(
        f"⟦{_code_point(character)}⟧" if _is_unseen(character) else character for character in text
    )


def compared(old: str, new: str) -> list[DiffLine]:
    """Return the changed lines of a source with three lines around them, in order."""
    before, after = visible(old).split("\n"), visible(new).split("\n")
    if max(len(before), len(after)) > MAX_COMPARED_LINES:
        return [*_removed(before, 0, len(before)), *_added(after, 0, len(after))]
    lines: list[DiffLine] = []
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT_LINES):
        lines.append(DiffLine("gap", None, None, ""))
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                lines.extend(
                    DiffLine("same", i + 1, j + 1, before[i])
                    for i, j in zip(
                        range(old_start, old_end), range(new_start, new_end), strict=True
                    )
                )
            else:
                lines.extend(_removed(before, old_start, old_end))
                lines.extend(_added(after, new_start, new_end))
    return lines[1:]


def _removed(lines: list[str], start: int, end: int) -> Iterator[DiffLine]:
    return (DiffLine("removed", i + 1, None, lines[i]) for i in range(start, end))


def _added(lines: list[str], start: int, end: int) -> Iterator[DiffLine]:
    return (DiffLine("added", None, i + 1, lines[i]) for i in range(start, end))


def _is_unseen(character: str) -> bool:
    return character not in "\t\n" and unicodedata.category(character) in UNSEEN


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"
