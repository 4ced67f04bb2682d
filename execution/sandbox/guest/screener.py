"""Inside the jail: read a script, run every check on it, and say what was found, worst first."""

import ast
import warnings
from collections.abc import Iterator
from typing import Any

from execution.sandbox.guest.checks import bombs, facts, later_rows, reach, texts, whole_series
from execution.sandbox.guest.checks.rows import Rows
from execution.sandbox.guest.checks.script import Found, Script
from execution.sandbox.guest.compiler import find_faults
from execution.sandbox.policy.language import SOURCE_NODES_MAXIMUM
from execution.sandbox.screening_rules import FINDINGS_MAXIMUM, LEVELS, MESSAGE_CHARACTERS


def screen_source(source: str) -> list[dict[str, Any]]:
    """Return what there is to say about a script, worst first, then by line."""
    found: dict[tuple[str, int | None, int | None], Found] = {}
    try:
        for each in _everything(source):
            found.setdefault((each.rule, each.line, each.column), each)
    except (RecursionError, MemoryError):
        reason = "the script is nested too deeply to be read to its end"
        unread = Found(rule="screening.unreadable", level="danger", message=reason)
        found[unread.rule, None, None] = unread
    ordered = sorted(found.values(), key=_urgency)
    return [_described(each) for each in _capped(ordered)]


def facts_of_source(source: str) -> dict[str, list[str]] | None:
    """Return what a script uses, or None for one that cannot be read to its end."""
    try:
        tree = _tree_of(source)
        return None if tree is None else facts.facts_of(Script(source, tree))
    except (RecursionError, MemoryError):
        return None


def _everything(source: str) -> Iterator[Found]:
    for line, message in find_faults(source):
        reason = message[:MESSAGE_CHARACTERS]
        yield Found(rule="language.rejected", level="rejected", message=reason, line=line)
    yield from texts.check_spelling(source)
    tree = _tree_of(source)
    if tree is None:
        return
    script = Script(source, tree)
    rows = Rows(script)
    yield from reach.check(script)
    yield from texts.check(script)
    yield from bombs.check(script)
    yield from later_rows.check(script, rows)
    yield from whole_series.check(script, rows)


def _tree_of(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    size = sum(1 for _ in ast.walk(tree))
    return tree if size <= SOURCE_NODES_MAXIMUM else None


def _urgency(found: Found) -> tuple[int, int, int, str]:
    return -LEVELS.index(found.level), found.line or 0, found.column or 0, found.rule


def _capped(ordered: list[Found]) -> list[Found]:
    if len(ordered) <= FINDINGS_MAXIMUM:
        return ordered
    left = len(ordered) - FINDINGS_MAXIMUM + 1
    reason = f"{left} more findings, none of them worse, are not listed"
    return [
        *ordered[: FINDINGS_MAXIMUM - 1],
        Found(rule="screening.capped", level="caution", message=reason),
    ]


def _described(found: Found) -> dict[str, Any]:
    # What cannot be encoded, such as half of a surrogate pair, is written out.
    message = found.message.encode("utf-8", "backslashreplace").decode()
    return {**vars(found), "message": message[:MESSAGE_CHARACTERS]}
