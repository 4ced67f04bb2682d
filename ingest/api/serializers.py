"""Between the JSON of the contract and signals: what a body must say, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from common.errors import InvalidInput
from ingest.models import INSTRUMENT, VERSION_MAX, Side
from ingest.payload_schemas import payload_errors
from ingest.services.acceptance import NewSignal, Receipt

WHOLE_INSTRUMENT = re.compile(INSTRUMENT.removeprefix("^").removesuffix("$"))
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?"
    r"([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)"
)
DEFAULTS: dict[str, Any] = {"payload": None, "version": 1}


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong with a body: where, said how, and of which kind."""

    loc: tuple[str | int, ...]
    msg: str
    type: str


class InvalidSignal(InvalidInput):
    """The body is not a signal."""

    code = "invalid_signal"

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__(violations=[asdict(violation) for violation in violations])


class FieldError(ValueError):
    """The value of a field is not acceptable."""

    def __init__(self, msg: str, kind: str) -> None:
        super().__init__(msg)
        self.msg = msg
        self.kind = kind


def read_signal(document: Any, *, payload_schema: Mapping[str, Any] | None) -> NewSignal:
    """Return the signal of a parsed body; fields the contract does not know are ignored.

    Raises
    ------
    InvalidSignal
        With every violation, not only the first.
    """
    if not isinstance(document, dict):
        raise InvalidSignal([Violation(("body",), "Input should be an object", "dict_type")])
    values: dict[str, Any] = {}
    violations: list[Violation] = []
    for name, read in READERS.items():
        try:
            values[name] = read(_value_of(document, name))
        except FieldError as error:
            violations.append(Violation(("body", name), error.msg, error.kind))
    if payload_schema is not None and "payload" in values:
        violations += _payload_violations(values["payload"], payload_schema)
    if violations:
        raise InvalidSignal(violations)
    return NewSignal(**values)


def read_signals(
    document: Any, *, at_most: int, payload_schema: Mapping[str, Any] | None
) -> list[NewSignal]:
    """Return the signals of a parsed batch.

    Raises
    ------
    InvalidSignal
        With every violation of the first signal that has any, and its place in the batch.
    """
    if not isinstance(document, dict):
        raise InvalidSignal([Violation(("body",), "Input should be an object", "dict_type")])
    items = document.get("signals")
    if not isinstance(items, list) or not 1 <= len(items) <= at_most:
        said = f"Input should be a list of 1 to {at_most} signals"
        kind = "missing" if "signals" not in document else "list_type"
        raise InvalidSignal([Violation(("body", "signals"), said, kind)])
    return [_read_one_of(items, place, payload_schema) for place in range(len(items))]


def write_receipt(receipt: Receipt) -> dict[str, Any]:
    """Return the reply to an accepted signal."""
    created_at = receipt.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"id": str(receipt.id), "status": receipt.status.value, "created_at": created_at}


def _read_one_of(
    items: list[Any], place: int, payload_schema: Mapping[str, Any] | None
) -> NewSignal:
    try:
        return read_signal(items[place], payload_schema=payload_schema)
    except InvalidSignal as error:
        raise InvalidSignal(
            [
                Violation(("body", "signals", place, *said["loc"][1:]), said["msg"], said["type"])
                for said in error.details["violations"]
            ]
        ) from None


def _value_of(document: dict[str, Any], name: str) -> Any:
    if name in document:
        return document[name]
    if name in DEFAULTS:
        return DEFAULTS[name]
    raise FieldError("Field required", "missing")


def _instrument(value: Any) -> str:
    if not isinstance(value, str):
        raise FieldError("Input should be a string", "string_type")
    if WHOLE_INSTRUMENT.fullmatch(value) is None:
        raise FieldError(f"String should match pattern '{INSTRUMENT}'", "string_pattern_mismatch")
    return value


def _side(value: Any) -> Side:
    number = _integer(value)
    if number not in Side.values:
        raise FieldError("Input should be 0 (buy) or 1 (sell)", "enum")
    return Side(number)


def _time(value: Any) -> datetime:
    if not isinstance(value, str) or INSTANT.fullmatch(value) is None:
        raise FieldError(
            "Input should be an ISO 8601 instant with a zone, such as 2026-01-05T16:00:00Z",
            "datetime_parsing",
        )
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # the 13th month; a year before the first
        raise FieldError("Input should be an instant that exists", "datetime_parsing") from None


def _payload(value: Any) -> dict[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise FieldError("Input should be an object or null", "dict_type")
    return value


def _version(value: Any) -> int:
    number = _integer(value)
    if number < 1:
        raise FieldError("Input should be greater than or equal to 1", "greater_than_equal")
    if number > VERSION_MAX:
        raise FieldError(f"Input should be at most {VERSION_MAX}", "less_than_equal")
    return number


def _integer(value: Any) -> int:
    # Not isinstance: True is an int to Python, and to nobody who sends a side.
    if type(value) is not int:
        raise FieldError("Input should be an integer", "int_type")
    return value


def _payload_violations(payload: Any, schema: Mapping[str, Any]) -> list[Violation]:
    return [
        Violation(
            ("body", "payload", *error.absolute_path), error.message, f"schema_{error.validator}"
        )
        for error in payload_errors(payload, schema)
    ]


READERS: dict[str, Callable[[Any], Any]] = {
    "instrument": _instrument,
    "side": _side,
    "time": _time,
    "payload": _payload,
    "version": _version,
}
