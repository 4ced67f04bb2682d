"""What a version is able to do and to whom, and how that differs from another version.

Computed from its manifest and from what screening said it uses; the source is never read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.canonical import canonical_json

FROM_SCREENING = {
    "modules": "Modules",
    "reads": "Reads",
    "functions": "Functions",
}
_TITLES = {
    "runtime_mode": "Runtime",
    "timeframe": "Timeframe",
    "depends_on": "Depends on",
    "input_schema": "Inputs",
    "output_schema": "Outputs",
    "permissions": "Open without an entitlement to",
}
Facts = Mapping[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One kind of capability: what came, what went, what stayed."""

    title: str
    added: list[str]
    removed: list[str]
    kept: list[str]
    is_known: bool = True
    was_known: bool = True

    @property
    def is_changed(self) -> bool:
        """Tell whether anything came or went."""
        return bool(self.added or self.removed)


def compare(
    manifest: Mapping[str, Any],
    facts: Facts | None,
    *,
    before: Mapping[str, Any] | None,
    facts_before: Facts | None,
    name_of: Callable[[str], str] = str,
) -> list[Change]:
    """Return what a version can do, compared with the one approved before it.

    What changed comes first. Without one before it nothing is new: everything there is counts as
    kept. ``name_of`` turns a dependency into words.
    """
    is_first = before is None
    changes = [_of_facts(kind, facts, facts_before, is_first=is_first) for kind in FROM_SCREENING]
    declared = _declared(manifest, name_of)
    earlier = _declared(before, name_of) if before is not None else declared
    for title in dict.fromkeys([*declared, *earlier]):
        changes.append(_difference(title, earlier.get(title, []), declared.get(title, [])))
    return sorted(changes, key=lambda change: not change.is_changed)


def gained(changes: list[Change]) -> int:
    """Return how many capabilities came that were not there before."""
    return sum(len(change.added) for change in changes)


def _of_facts(
    kind: str, facts: Facts | None, facts_before: Facts | None, *, is_first: bool
) -> Change:
    title = FROM_SCREENING[kind]
    now = facts[kind] if facts else []
    if is_first or facts is None or facts_before is None:
        return Change(
            title=title,
            added=[],
            removed=[],
            kept=now,
            is_known=facts is not None,
            was_known=is_first or facts_before is not None,
        )
    return _difference(title, facts_before[kind], now)


def _difference(title: str, before: list[str], now: list[str]) -> Change:
    return Change(
        title=title,
        added=[each for each in now if each not in before],
        removed=[each for each in before if each not in now],
        kept=[each for each in now if each in before],
    )


def _declared(manifest: Mapping[str, Any], name_of: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field, value in manifest.items():
        title = _TITLES.get(field) or field.replace("_", " ").capitalize()
        if field == "depends_on":
            found[title] = [name_of(reference) for reference in value]
        elif field == "permissions":
            found[title] = [f"{kind}: {each}" for kind, names in value.items() for each in names]
        elif field in ("input_schema", "output_schema"):
            found[title] = _schema_in_words(value)
        elif isinstance(value, Mapping):
            found[title] = list(_parts(value))
        else:
            found[title] = [_plain(value)]
    return found


def _parts(value: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, part in value.items():
        if isinstance(part, Mapping) and part:
            yield from _parts(part, f"{path}{name} ")
        else:
            yield f"{path}{name}: {_plain(part)}"


def _schema_in_words(schema: Mapping[str, Any]) -> list[str]:
    fields = schema.get("properties")
    named = fields if isinstance(fields, Mapping) else {}
    required = schema.get("required", [])
    words = [_field_in_words(name, rule, name in required) for name, rule in named.items()]
    rest = {
        key: value
        for key, value in schema.items()
        if key not in ("type", "properties", "required", "$schema")
    }
    return words + [f"{key}: {_plain(value)}" for key, value in rest.items()]


def _field_in_words(name: str, rule: Any, is_required: bool) -> str:
    if not isinstance(rule, Mapping):
        return f"{name}: {_plain(rule)}"
    kind = _plain(rule.get("type", "anything"))
    rest = [f"{key} {_plain(value)}" for key, value in rule.items() if key != "type"]
    return ", ".join([f"{name}: {kind}", *(["required"] if is_required else []), *rest])


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else canonical_json(value).decode()
