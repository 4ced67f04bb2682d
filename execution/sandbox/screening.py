"""What is suspicious about a script, line by line, found out where scripts are read: the jail.

A report from the jail is doubted like anything else that comes from there: it names rules, places
and reasons, and everything else about a rule is taken from the list on this side.
"""

import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from execution.sandbox.protocol import ProtocolViolation
from execution.sandbox.screening_rules import (
    FACT_CHARACTERS,
    FACTS_MAXIMUM,
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


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a script uses: what it imports, what it asks to read, which functions it calls."""

    modules: list[str]
    reads: list[str]
    functions: list[str]


@dataclass(frozen=True, kw_only=True)
class Screening:
    """What reading a script found; the facts are None when it could not be read to its end."""

    findings: list[Finding]
    facts: Facts | None


def screen(source: str) -> Screening:
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

    return process_wide_sandbox().read(source)


def parse_screening(said: dict[str, Any]) -> Screening:
    """Return what a guest reported about a script.

    Raises
    ------
    ProtocolViolation
        It is not a short list of findings by known rules with a few short facts.
    """
    return Screening(
        findings=_parse_findings(said.get("findings")), facts=_parse_facts(said.get("facts"))
    )


def _parse_findings(said: Any) -> list[Finding]:
    if not isinstance(said, list) or len(said) > FINDINGS_MAXIMUM:
        raise ProtocolViolation("a screening is a short list of findings")
    return [_finding(each) for each in said]


def unreadable(reason: str) -> Screening:
    """Return the one finding of a script that could not be screened."""
    found = make_finding("screening.unreadable", f"It was not read to its end: {reason}.")
    return Screening(findings=[found], facts=None)


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
        _storable(message),
        level=level,
        line=_place(said.get("line")),
        column=_place(said.get("column")),
    )


def _parse_facts(said: Any) -> Facts | None:
    if said is None:
        return None
    if not isinstance(said, dict) or set(said) != {field.name for field in fields(Facts)}:
        raise ProtocolViolation("the facts are lists by known names")
    return Facts(**{name: _parse_list(each) for name, each in said.items()})


def _parse_list(said: Any) -> list[str]:
    if not isinstance(said, list) or len(said) > FACTS_MAXIMUM:
        raise ProtocolViolation("facts of a kind are a short list")
    if not all(isinstance(each, str) and len(each) <= FACT_CHARACTERS for each in said):
        raise ProtocolViolation("a fact is a few words")
    return [_storable(each) for each in said]


# A database does not keep NUL, nor half of a surrogate pair.
def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _place(said: Any) -> int | None:
    if said is None:
        return None
    if type(said) is not int or not 0 <= said <= _PLACE_MAXIMUM:
        raise ProtocolViolation("a place is a number of a line or a column")
    return said
