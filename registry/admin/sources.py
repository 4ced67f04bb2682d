"""A hostile author's source, made readable: highlighted, compared, and with nothing hidden."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
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
CONTEXT_LINES = 3


@dataclass(frozen=True)
class CodeLine:
    """One line of a source or of its comparison; a number is None on the side that lacks it."""

    kind: str  # same, removed or added
    old_number: int | None
    new_number: int | None
    html: SafeString

    @property
    def sign(self) -> str:
        """Return the mark that says the same as the colour."""
        return {"removed": "-", "added": "+"}.get(self.kind, "")


@dataclass(frozen=True)
class DiffLine:
    """One row of what changed in a text; a number is None on the side that lacks the line."""

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


def code_lines(source: str, *, before: str | None = None) -> list[CodeLine]:
    """Return every line of a source, highlighted, and where one came before it what was removed."""
    now = highlighted_lines(source)
    if before is None:
        return [CodeLine("same", None, number, html) for number, html in enumerate(now, start=1)]
    earlier = highlighted_lines(before)
    return [
        line
        for kind, *places in _matched(visible(before).split("\n"), visible(source).split("\n"))
        for line in _lines_of(kind, places, earlier, now)
    ]


def changed_lines(before: str, source: str) -> list[CodeLine]:
    """Return the lines in which two sources differ with three around each; none when none does."""
    lines = code_lines(source, before=before)
    changes = [at for at, line in enumerate(lines) if line.kind != "same"]
    near = {at + offset for at in changes for offset in range(-CONTEXT_LINES, CONTEXT_LINES + 1)}
    return [line for at, line in enumerate(lines) if at in near]


def highlighted_lines(source: str) -> list[SafeString]:
    """Return each line of a source as HTML; classes only, no inline style."""
    shown = visible(source)
    html = highlight(shown, PythonLexer(stripnl=False, ensurenl=False), HtmlFormatter(nowrap=True))
    lines = html.split("\n")
    # The formatter ends every line, and a source that ends with one has an empty line after it.
    lines = lines[: shown.count("\n") + 1] + [""] * (shown.count("\n") + 1 - len(lines))
    # Pygments escapes the text; the markup around it is its own.
    return [mark_safe(line) for line in lines]


def _matched(old: list[str], new: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if max(len(old), len(new)) > MAX_COMPARED_LINES:
        return [("replace", 0, len(old), 0, len(new))]
    return SequenceMatcher(None, old, new).get_opcodes()


def _lines_of(
    kind: str, places: Sequence[int], old: list[SafeString], new: list[SafeString]
) -> Iterator[CodeLine]:
    old_start, old_end, new_start, new_end = places
    if kind == "equal":
        for i, j in zip(range(old_start, old_end), range(new_start, new_end), strict=True):
            yield CodeLine("same", i + 1, j + 1, new[j])
        return
    for i in range(old_start, old_end):
        yield CodeLine("removed", i + 1, None, old[i])
    for j in range(new_start, new_end):
        yield CodeLine("added", None, j + 1, new[j])


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
