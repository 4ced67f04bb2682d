"""How the bodies of one producer are read as signals: a small declaration, applied.

A mapping names, for each field of a signal, where it stands in the producer's own body and how
its values are spelled there. It computes nothing, and what it yields is checked afterwards by the
same rules as a signal that was sent in our own form.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ingest.mapping_rules import EVERYTHING, RECEIVED, FieldRule, Rules, path_of

NOWHERE = object()
UNITS = {"s": 1, "ms": 1000}


@dataclass(frozen=True)
class Problem:
    """A field that a body does not hold as its mapping says: where, said how, of which kind."""

    field: str
    path: tuple[str, ...]
    msg: str
    kind: str


@dataclass
class Translation:
    """A body in our own form, as far as it could be read."""

    document: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def translate(body: Any, rules: Rules, *, received_at: datetime) -> Translation:
    """Return a parsed body in the form of a direct signal; what is missing is left out."""
    found = Translation()
    for name, rule in rules.fields.items():
        try:
            value = _read(body, rule, received_at=received_at)
        except _Unreadable as problem:
            found.problems.append(Problem(name, rule.path, problem.msg, problem.kind))
            continue
        if value is not NOWHERE:
            found.document[name] = value
    payload = _payload(body, rules.payload)
    if payload is not None:
        found.document["payload"] = payload
    return found


def look_up(body: Any, path: tuple[str, ...]) -> Any:
    """Return what stands at a path, or NOWHERE; a number in a path counts along a list."""
    for part in path:
        if isinstance(body, dict) and part in body:
            body = body[part]
        elif isinstance(body, list) and part.isdecimal() and int(part) < len(body):
            body = body[int(part)]
        else:
            return NOWHERE
    return body


def without(body: Any, path: tuple[str, ...]) -> Any:
    """Return a body without what stands at a path."""
    stripped = copy.deepcopy(body)
    parent = look_up(stripped, path[:-1])
    if isinstance(parent, dict):
        parent.pop(path[-1], None)
    return stripped


def holds_text(body: Any, text: str) -> bool:
    """Tell whether any key or string of a body contains a text."""
    if isinstance(body, dict):
        return any(text in key or holds_text(value, text) for key, value in body.items())
    if isinstance(body, list):
        return any(holds_text(value, text) for value in body)
    return isinstance(body, str) and text in body


def example_body(rules: Rules, *, now: datetime) -> dict[str, Any]:
    """Return a body that the rules read as a signal of the instrument TEST, marked as a test."""
    body: dict[str, Any] = {}
    for name, rule in rules.fields.items():
        if rule.path:
            put(body, rule.path, _example(name, rule, now=now))
    wanted = rules.payload if isinstance(rules.payload, tuple) else ()
    for path in (path_of(text) for text in wanted):
        if look_up(body, path) is NOWHERE:
            put(body, path, True)
    if rules.payload == EVERYTHING:
        body["test"] = True
    return body


def put(target: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Write a value at a path into an object, making the objects on the way."""
    for part in path[:-1]:
        if not isinstance(target.get(part), dict):
            target[part] = {}
        target = target[part]
    target[path[-1]] = value


class _Unreadable(Exception):
    def __init__(self, msg: str, kind: str) -> None:
        self.msg = msg
        self.kind = kind


def _read(body: Any, rule: FieldRule, *, received_at: datetime) -> Any:
    value = look_up(body, rule.path) if rule.path else NOWHERE
    if value is NOWHERE:
        return received_at.isoformat() if rule.default == RECEIVED else rule.default_or(NOWHERE)
    if rule.unit:
        return _instant(value, UNITS[rule.unit])
    if isinstance(value, str):
        value = _cut(value, rule)
    return _in_table(value, rule.values) if rule.values else value


def _cut(text: str, rule: FieldRule) -> str:
    if rule.after and rule.after in text:
        text = text.split(rule.after, 1)[1]
    if rule.before and rule.before in text:
        text = text.split(rule.before, 1)[0]
    return text


def _in_table(value: Any, table: Mapping[str, Any]) -> Any:
    # The keys of a table are text, as all keys of JSON are: 1 is found under "1".
    spelled = value if isinstance(value, str) else json.dumps(value)
    if spelled.casefold() not in table:
        raise _Unreadable(f"Input should be one of {', '.join(map(repr, table))}", "enum")
    return table[spelled.casefold()]


def _instant(value: Any, per_second: int) -> str:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _Unreadable("Input should be a number of seconds or milliseconds", "datetime_parsing")
    try:
        return datetime.fromtimestamp(value / per_second, tz=UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        raise _Unreadable("Input should be an instant that exists", "datetime_parsing") from None


def _payload(body: Any, wanted: str | tuple[str, ...] | None) -> Any:
    if wanted is None:
        return None
    if wanted == EVERYTHING:
        return body
    chosen: dict[str, Any] = {}
    for spelled in wanted:
        path = path_of(spelled)
        value = look_up(body, path)
        if value is not NOWHERE:
            put(chosen, path, value)
    return chosen


def _example(name: str, rule: FieldRule, *, now: datetime) -> Any:
    if rule.values:
        spelled: Any = next(iter(rule.values))
    elif name == "instrument":
        spelled = "TEST"
    elif name == "time":
        spelled = now.isoformat()
    else:
        spelled = {"side": 0, "version": 1}[name]
    if rule.unit:
        return int(now.timestamp() * UNITS[rule.unit])
    if isinstance(spelled, str):
        before = f"{rule.before}EXAMPLE" if rule.before else ""
        return f"EXCHANGE{rule.after}{spelled}{before}" if rule.after else spelled + before
    return spelled
