"""Which mappings are acceptable, and what one says once it is.

Every refusal names the field: whoever writes a mapping by hand has to find the mistake.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.errors import InvalidInput, MalformedRequest
from ingest.strict_json import require_storable

FIELDS = ("instrument", "side", "time", "version")
NAMES = (*FIELDS, "payload", "token")
OPTIONS = ("path", "values", "after", "before", "unit", "default")
EVERYTHING = "*"
RECEIVED = "received"
UNITS = ("s", "ms")
SIDES = (0, 1)
VERSION_MAX = 2_147_483_647  # the column is a PostgreSQL integer
MAX_PARTS = 8
MAX_ENTRIES = 64
MAX_TEXT = 64
MAX_BYTES = 8 * 1024
PART = re.compile(r"[A-Za-z0-9_$@ -]{1,64}")
TRADINGVIEW: dict[str, Any] = {
    "token": "token",
    "instrument": {"path": "ticker", "after": ":"},
    "side": {"path": "action", "values": {"buy": 0, "long": 0, "sell": 1, "short": 1}},
    "time": {"path": "time", "default": RECEIVED},
    "payload": EVERYTHING,
}


class InvalidMapping(InvalidInput):
    """The mapping does not say how a body is read as a signal."""

    code = "invalid_mapping"


@dataclass(frozen=True)
class FieldRule:
    """Where a field stands, and how its values are spelled there."""

    path: tuple[str, ...] = ()
    values: Mapping[str, Any] | None = None
    after: str = ""
    before: str = ""
    unit: str = ""
    default: Any = None

    def default_or(self, otherwise: Any) -> Any:
        """Return the default, or something else where there is none."""
        return otherwise if self.default is None else self.default


@dataclass(frozen=True)
class Rules:
    """A mapping that was accepted."""

    fields: Mapping[str, FieldRule]
    payload: str | tuple[str, ...] | None
    token: tuple[str, ...] | None


def read_mapping(mapping: Any, *, with_token: bool) -> Rules:
    """Return what a mapping says.

    ``with_token`` is whether the producer proves itself by a field of the body.

    Raises
    ------
    InvalidMapping
        Naming the field and what is wrong with it.
    """
    if not isinstance(mapping, dict):
        raise _invalid("A mapping is a JSON object.")
    _require_small(mapping)
    unknown = [name for name in mapping if name not in NAMES]
    if unknown:
        raise _invalid(f"{unknown[0][:MAX_TEXT]}: there is no such field; use {', '.join(NAMES)}.")
    for name in ("instrument", "side", "time"):
        if name not in mapping:
            raise _invalid(f"{name}: it is missing.")
    token = _token(mapping, with_token=with_token)
    rules = Rules(
        fields={name: _field(name, mapping[name]) for name in FIELDS if name in mapping},
        payload=_payload(mapping.get("payload")),
        token=token,
    )
    _require_apart(rules)
    return rules


def path_of(text: str) -> tuple[str, ...]:
    """Return the parts of a path such as strategy.order_action."""
    return tuple(text.split("."))


def _field(name: str, said: Any) -> FieldRule:
    if isinstance(said, str):
        said = {"path": said}
    if not isinstance(said, dict):
        raise _invalid(f"{name}: write a path, or an object with a path.")
    for option in said:
        if option not in OPTIONS:
            raise _invalid(
                f"{name}.{option[:MAX_TEXT]}: there is no such option; use {', '.join(OPTIONS)}."
            )
    if "path" not in said and "default" not in said:
        raise _invalid(f"{name}: it needs a path or a default.")
    return FieldRule(
        path=_path(f"{name}.path", said["path"]) if "path" in said else (),
        values=_table(name, said["values"]) if "values" in said else None,
        after=_text(f"{name}.after", said.get("after", "")),
        before=_text(f"{name}.before", said.get("before", "")),
        unit=_unit(name, said),
        default=_default(name, said["default"]) if "default" in said else None,
    )


def _path(where: str, text: Any) -> tuple[str, ...]:
    parts = path_of(text) if isinstance(text, str) else ()
    if not 1 <= len(parts) <= MAX_PARTS or any(PART.fullmatch(part) is None for part in parts):
        raise _invalid(
            f"{where}: write names with full stops between them, such as strategy.order_action, "
            f"at most {MAX_PARTS} deep."
        )
    return parts


def _table(name: str, table: Any) -> dict[str, Any]:
    if not isinstance(table, dict) or not 1 <= len(table) <= MAX_ENTRIES:
        raise _invalid(f"{name}.values: write an object with 1 to {MAX_ENTRIES} entries.")
    for spelled, value in table.items():
        _require_value(f"{name}.values.{spelled[:MAX_TEXT]}", name, value)
    folded = {spelled.casefold(): value for spelled, value in table.items()}
    if len(folded) != len(table):
        raise _invalid(f"{name}.values: two entries differ only by case, which is not looked at.")
    return folded


def _require_value(where: str, name: str, value: Any) -> None:
    if name == "side" and (type(value) is not int or value not in SIDES):
        raise _invalid(f"{where}: a side is 0 (buy) or 1 (sell).")
    if name == "version" and (type(value) is not int or not 1 <= value <= VERSION_MAX):
        raise _invalid(f"{where}: a version is a whole number from 1.")
    if name in ("instrument", "time") and not isinstance(value, str):
        raise _invalid(f"{where}: this is a text.")


def _default(name: str, value: Any) -> Any:
    if name == "time" and value != RECEIVED:
        raise _invalid(f'time.default: only "{RECEIVED}", the moment at which the signal arrives.')
    _require_value(f"{name}.default", name, value)
    return value


def _unit(name: str, said: dict[str, Any]) -> str:
    unit = said.get("unit", "")
    if unit == "":
        return ""
    if name != "time" or unit not in UNITS:
        raise _invalid(f'{name}.unit: only a time has one, "s" or "ms" since 1970.')
    if {"values", "after", "before"} & said.keys():
        raise _invalid("time.unit: a number has no values, after or before.")
    return str(unit)


def _text(where: str, text: Any) -> str:
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise _invalid(f"{where}: a text of at most {MAX_TEXT} characters.")
    return text


def _payload(said: Any) -> str | tuple[str, ...] | None:
    if said is None or said == EVERYTHING:
        return EVERYTHING if said else None
    if not isinstance(said, list) or not 1 <= len(said) <= MAX_ENTRIES:
        raise _invalid(f'payload: write "{EVERYTHING}" or a list of 1 to {MAX_ENTRIES} paths.')
    paths = [_path("payload", text) for text in said]
    for place, path in enumerate(paths):
        if any(_is_within(path, other) for other in paths[:place] + paths[place + 1 :]):
            raise _invalid(f"payload: {'.'.join(path)} is there twice.")
    return tuple(said)


def _token(mapping: dict[str, Any], *, with_token: bool) -> tuple[str, ...] | None:
    if with_token and "token" not in mapping:
        raise _invalid("token: it is missing; name the field of the body that holds the secret.")
    if not with_token and "token" in mapping:
        raise _invalid("token: this producer proves itself by its signature and sends no token.")
    return _path("token", mapping["token"]) if with_token else None


def _require_apart(rules: Rules) -> None:
    read = {name: rule.path for name, rule in rules.fields.items() if rule.path}
    for name, path in read.items():
        for other, outer in read.items():
            if path != outer and _is_within(path, outer):
                raise _invalid(f"{name}: it stands inside of {other}.")
    if rules.token is None:
        return
    # Whatever else is read of a body may be stored, and the token never is.
    if isinstance(rules.payload, tuple):
        read |= {f"payload {text}": path_of(text) for text in rules.payload}
    for name, path in read.items():
        if _is_within(path, rules.token):
            raise _invalid(f"{name}: the token stands there, and is never kept.")


def _is_within(path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return path[: len(other)] == other


def _require_small(mapping: dict[str, Any]) -> None:
    try:
        require_storable(mapping)
    except MalformedRequest as error:
        raise _invalid(error.message) from None
    if len(json.dumps(mapping)) > MAX_BYTES:
        raise _invalid(f"A mapping is at most {MAX_BYTES} bytes.")


def _invalid(message: str) -> InvalidMapping:
    return InvalidMapping(message, field="mapping")
