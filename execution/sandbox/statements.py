"""What a guest may say, taken apart with suspicion: outputs, log lines, plots, errors, requests.

Whatever comes out can be stored in PostgreSQL's jsonb and written to a log. Whatever a well-behaved
guest would not have said is a violation of the protocol.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from execution.sandbox import protocol
from execution.sandbox.limits import LIMIT_NAMES
from execution.sandbox.protocol import ProtocolViolation
from execution.sandbox.reads import MarketDataRead, MetricRead, ReadRequest, ScriptOutputRead
from execution.sandbox.results import Plot, ScriptError

_DEPTH_MAXIMUM = 32
_MESSAGE_CHARACTERS = 1000
_TYPE_CHARACTERS = 100
_TIMESTAMP_CHARACTERS = 64
_LINE_MAXIMUM = 1_000_000
_ERROR_KEYS = {"type", "message", "line", "limit"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Instants that both PostgreSQL and Python can hold.
_MILLISECONDS_MAXIMUM = 250_000_000_000_000
_COLOR = re.compile(protocol.PLOT_COLOR)
# A log is read on terminals, which obey control characters, and line by line.
_CONTROL_CHARACTERS = dict.fromkeys(
    [*range(0x09), *range(0x0A, 0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], "\ufffd"
)


def clean(value: Any, depth: int = 0) -> Any:
    """Return what a guest said without what a database or a log could not hold."""
    if depth > _DEPTH_MAXIMUM:
        raise ProtocolViolation("a value is nested too deeply")
    kind = type(value)
    if kind is str:
        return _clean_text(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is int and value.bit_length() > protocol.INTEGER_BITS_MAXIMUM:
        raise ProtocolViolation(f"a number of more than {protocol.INTEGER_BITS_MAXIMUM} bits")
    if kind is dict:
        table = {_clean_text(key): clean(item, depth + 1) for key, item in value.items()}
        if len(table) != len(value):
            raise ProtocolViolation("two keys are the same text")
        return table
    if kind is list:
        return [clean(item, depth + 1) for item in value]
    return value


def _clean_text(text: str) -> str:
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def require_keys(frame: dict[str, Any], *names: str) -> None:
    """Refuse a frame that says more or less than its operation has words for."""
    if frame.keys() != {"op", *names}:
        raise ProtocolViolation(f"{frame['op']} comes with {', '.join(names)} and nothing else")


def read_signal(data: Any, *, timestamp: str) -> dict[str, Any]:
    """Return an emitted signal as an output."""
    cleaned = clean(data)
    if not isinstance(cleaned, dict):
        raise ProtocolViolation("a signal is a dictionary")
    return shape_output(cleaned, timestamp=timestamp)


def shape_output(value: Any, *, timestamp: str) -> dict[str, Any]:
    """Return a value, or a dictionary that describes one, as value, timestamp and metadata."""
    if not isinstance(value, dict):
        return {"value": value, "timestamp": timestamp, "metadata": {}}
    rest = {key: item for key, item in value.items() if key not in ("value", "timestamp")}
    given = value.get("timestamp")
    if given is None:
        given = timestamp
    elif not isinstance(given, str) or len(given) > _TIMESTAMP_CHARACTERS:
        raise ProtocolViolation("a timestamp is a short text")
    return {"value": value.get("value"), "timestamp": given, "metadata": rest}


def read_log_line(line: Any) -> str:
    """Return a line of the log."""
    if not isinstance(line, str):
        raise ProtocolViolation("a log line is text")
    return _clean_text(line).translate(_CONTROL_CHARACTERS)


def read_error(described: Any) -> ScriptError:
    """Return what a guest says went wrong."""
    if not isinstance(described, dict) or described.keys() != _ERROR_KEYS:
        raise ProtocolViolation("an error is a type, a message, a line and a limit")
    line, limit = described["line"], described["limit"]
    if line is not None and (type(line) is not int or not 0 < line <= _LINE_MAXIMUM):
        raise ProtocolViolation("a line is a number or nothing")
    if limit is not None and not (isinstance(limit, str) and limit in LIMIT_NAMES):
        raise ProtocolViolation("a limit that does not exist")
    return ScriptError(
        type=_text(described["type"], "the type of an error", _TYPE_CHARACTERS),
        message=_text(described["message"], "the message of an error", _MESSAGE_CHARACTERS),
        line=line,
        limit=limit,
    )


def _text(value: Any, what: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ProtocolViolation(f"{what} is a text of up to {most} characters")
    return _clean_text(value)


# --- plots ----------------------------------------------------------------------------------------


def read_plot(frame: dict[str, Any]) -> Plot:
    """Return a plot as it is kept."""
    require_keys(frame, "name", "options", "timestamps", "values")
    timestamps, values = frame["timestamps"], frame["values"]
    if not (isinstance(timestamps, list) and isinstance(values, list)):
        raise ProtocolViolation("a plot is a list of instants and a list of values")
    if len(timestamps) != len(values):
        raise ProtocolViolation("a plot has a value for every instant")
    return Plot(
        name=_short_name(frame["name"]),
        options=_plot_options(frame["options"]),
        timestamps=_instants(timestamps),
        values=[_plot_value(value) for value in values],
    )


def _short_name(value: Any) -> str:
    name = _text(value, "a name", protocol.PLOT_NAME_CHARACTERS_MAXIMUM)
    if not name:
        raise ProtocolViolation("a name has at least one character")
    return name


def _plot_options(options: Any) -> dict[str, Any]:
    if not isinstance(options, dict) or options.keys() != {"color", "style", "width", "panel"}:
        raise ProtocolViolation("a plot has a color, a style, a width and a panel")
    color, width = options["color"], options["width"]
    if color is not None and not (isinstance(color, str) and _COLOR.fullmatch(color)):
        raise ProtocolViolation("a color that is none")
    if options["style"] not in protocol.PLOT_STYLES:
        raise ProtocolViolation("a style that does not exist")
    if type(width) is not float or not 0 < width <= protocol.PLOT_WIDTH_MAXIMUM:
        raise ProtocolViolation("a width that is none")
    return {**options, "panel": _short_name(options["panel"])}


def _instants(milliseconds: list[Any]) -> list[str]:
    before = -1
    for instant in milliseconds:
        if type(instant) is not int or not before < instant <= _MILLISECONDS_MAXIMUM:
            raise ProtocolViolation("instants are milliseconds since 1970, ascending")
        before = instant
    return [(_EPOCH + timedelta(milliseconds=instant)).isoformat() for instant in milliseconds]


def _plot_value(value: Any) -> float | None:
    if value is None or (type(value) is float and math.isfinite(value)):
        return value
    raise ProtocolViolation("a point is a number or nothing")


# --- requests -------------------------------------------------------------------------------------


def read_request(operation: str, arguments: Any) -> ReadRequest:
    """Return what a guest asks for, refusing anything that is not exactly a request."""
    if not isinstance(arguments, dict):
        raise ProtocolViolation("a read without arguments")
    if operation == "market":
        _require_arguments(arguments, "instrument", "timeframe", "bars")
        return MarketDataRead(
            instrument=_optional_name(arguments, "instrument"),
            timeframe=_optional_name(arguments, "timeframe"),
            bars=_count(arguments, "bars", protocol.BARS_MINIMUM, protocol.BARS_MAXIMUM),
        )
    if operation == "metric":
        _require_arguments(arguments, "name", "instrument")
        instrument = _optional_name(arguments, "instrument")
        return MetricRead(name=_name(arguments, "name"), instrument=instrument)
    _require_arguments(arguments, "script_id", "history")
    history = _count(arguments, "history", 0, protocol.HISTORY_MAXIMUM)
    return ScriptOutputRead(script_id=_name(arguments, "script_id"), history=history)


def _require_arguments(arguments: dict[str, Any], *names: str) -> None:
    if arguments.keys() != set(names):
        raise ProtocolViolation(f"a read takes {', '.join(names)} and nothing else")


def _name(arguments: dict[str, Any], key: str) -> str:
    value = arguments[key]
    if not isinstance(value, str) or not 0 < len(value) <= protocol.NAME_CHARACTERS_MAXIMUM:
        raise ProtocolViolation(f"{key} is not a name")
    return _clean_text(value)


def _optional_name(arguments: dict[str, Any], key: str) -> str | None:
    return None if arguments[key] is None else _name(arguments, key)


def _count(arguments: dict[str, Any], key: str, least: int, most: int) -> int:
    value = arguments[key]
    if type(value) is not int or not least <= value <= most:
        raise ProtocolViolation(f"{key} is not a number from {least} to {most}")
    return value
