"""What is suspicious about a script, line by line, found out where scripts are read: the jail.

A report from the jail is doubted like anything else that comes from there: it names rules, places
and reasons, and everything else about a rule is taken from the list on this side.
"""

import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from execution.sandbox.protocol import ProtocolViolation
from execution.sandbox.screening_rules import (
    FINDINGS_MAXIMUM,
    LEVELS,
    MESSAGE_CHARACTERS,
    RULES,
)

_PLACE_MAXIMUM = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a reviewer should know about a script, and what to write instead."""

    category: str
    level: str
    rule: str
    line: int | None
    column: int | None
    message: str
    fix: str


def screen(source: str) -> list[Finding]:
    """Return what was found in a script, worst first; nothing found does not mean harmless.

    A script that cannot be read, because it is too large, too deep or made to stop its reader, is
    one finding that says so.

    Raises
    ------
    SandboxUnavailable
        The isolation this machine has to offer is not proven.
    """
    # Imported late: the supervisor itself speaks of findings.
    from execution.sandbox.supervisor import process_wide_sandbox

    return process_wide_sandbox().screen(source)


def parse_findings(said: Any) -> list[Finding]:
    """Return the findings a guest reported.

    Raises
    ------
    ProtocolViolation
        The report is not a short list of findings by known rules.
    """
    if not isinstance(said, list) or len(said) > FINDINGS_MAXIMUM:
        raise ProtocolViolation("a screening is a short list of findings")
    return [_finding(each) for each in said]


def unreadable(reason: str) -> list[Finding]:
    """Return the one finding of a script that could not be screened."""
    return [make_finding("screening.unreadable", f"It was not read to its end: {reason}.")]


def make_finding(
    rule: str,
    message: str,
    *,
    level: str | None = None,
    line: int | None = None,
    column: int | None = None,
) -> Finding:
    """Return a finding by a listed rule, at the rule's usual level unless another is given."""
    known = RULES[rule]
    return Finding(
        category=known.category,
        level=level or known.levels[0],
        rule=rule,
        line=line,
        column=column,
        message=message,
        fix=known.fix,
    )


def worst_level(findings: list[Finding]) -> str:
    """Return the highest level among findings, or an empty text when there are none."""
    return max((finding.level for finding in findings), key=LEVELS.index, default="")


@functools.cache
def fingerprint() -> str:
    """Return the SHA-256 of everything that decides what is found: rules, checks, language."""
    digest = hashlib.sha256()
    for path in _deciding_files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _deciding_files() -> Iterator[Path]:
    here = Path(__file__).parent
    yield here / "screening_rules.py"
    yield from sorted((here / "policy").glob("*.py"))
    for name in ("compiler.py", "screener.py", "transformer.py"):
        yield here / "guest" / name
    yield from sorted((here / "guest" / "checks").glob("*.py"))


def _finding(said: Any) -> Finding:
    if not isinstance(said, dict):
        raise ProtocolViolation("a finding is a dictionary")
    rule, level, message = said.get("rule"), said.get("level"), said.get("message")
    if not isinstance(rule, str) or rule not in RULES or level not in RULES[rule].levels:
        raise ProtocolViolation("a finding is by a known rule, at one of its levels")
    if not isinstance(message, str) or len(message) > MESSAGE_CHARACTERS:
        raise ProtocolViolation("a finding gives its reason in a few words")
    return make_finding(
        rule,
        message.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8"),
        level=level,
        line=_place(said.get("line")),
        column=_place(said.get("column")),
    )


def _place(said: Any) -> int | None:
    if said is None:
        return None
    if type(said) is not int or not 0 <= said <= _PLACE_MAXIMUM:
        raise ProtocolViolation("a place is a number of a line or a column")
    return said
