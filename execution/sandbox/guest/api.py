"""What a script is given: context, params, and the functions it reads and speaks with."""

from typing import Any

import numpy as np
import pandas as pd

from execution.sandbox import protocol
from execution.sandbox.guest.clock import RUN_CLOCK
from execution.sandbox.guest.values import to_json_value


class LimitExceeded(BaseException):
    """A script said more than a run may say.

    Not an `Exception`, so that a script's own `except Exception` does not hide it.
    """

    def __init__(self, message: str, *, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


_REPLY_ERRORS: dict[str, type[Exception]] = {
    "PermissionError": PermissionError,
    "RuntimeError": RuntimeError,
    "ValueError": ValueError,
}


class Conversation:
    """One run's side of the exchange with the supervisor, and how much of its limits is used."""

    def __init__(self, descriptor: int, limits: dict[str, int]) -> None:
        self._descriptor = descriptor
        self._limits = limits
        self._used = dict.fromkeys(limits, 0)
        self.exceeded: LimitExceeded | None = None

    @property
    def spoken(self) -> bool:
        """Whether a signal was emitted."""
        return self._used["signals"] > 0

    def spend(self, name: str, amount: int, described: str) -> None:
        """Count something against a limit, raising LimitExceeded when it is over."""
        self._used[name] += amount
        if self._used[name] > self._limits[name]:
            self.refuse(f"{described}: the limit {name} is {self._limits[name]}", limit=name)

    def refuse(self, message: str, *, limit: str) -> None:
        """End the run because of a limit, even if the script catches what is raised."""
        self.exceeded = LimitExceeded(message, limit=limit)
        raise self.exceeded

    def send(self, header: dict[str, Any]) -> None:
        """Tell the supervisor something."""
        frame = protocol.pack_frame(header)
        most = self._limits["frame_bytes"]
        if len(frame) > most:
            message = f"{len(frame)} bytes at once: the limit frame_bytes is {most}"
            self.refuse(message, limit="frame_bytes")
        protocol.write_all(self._descriptor, frame)

    def ask(self, operation: str, **arguments: Any) -> Any:
        """Ask the supervisor for data and return it."""
        self.spend("calls", 1, "too many reads")
        self.send({"op": operation, "args": arguments})
        header, payload = protocol.read_frame(self._descriptor)
        kind = header["kind"]
        if kind == "error":
            raise _REPLY_ERRORS[header["type"]](header["message"])
        if kind == "columns":
            return to_frame(header, payload)
        return header["value"]

    def log_line(self, line: str) -> None:
        """Send one line of the log."""
        longest = self._limits["log_line_characters"]
        if len(line) > longest:
            message = f"a log line of {len(line)} characters: log_line_characters is {longest}"
            self.refuse(message, limit="log_line_characters")
        self.spend("log_lines", 1, "too many log lines")
        self.spend("log_bytes", len(line.encode("utf-8", "replace")), "too much log")
        self.send({"op": "log", "line": line})


def to_frame(header: dict[str, Any], payload: bytes) -> pd.DataFrame:
    """Return a table that arrived from the supervisor."""
    index_ns, values = protocol.unpack_columns(header, payload)
    index = pd.DatetimeIndex(index_ns.view("datetime64[ns]"), tz="UTC", name="opened_at")
    return pd.DataFrame(values.T.copy(), columns=header["names"], index=index)


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what} is text, not {type(value).__name__}")
    if not 0 < len(value) <= protocol.NAME_CHARACTERS_MAXIMUM:
        raise ValueError(f"{what} has 1 to {protocol.NAME_CHARACTERS_MAXIMUM} characters")
    return value


def _optional_text(value: Any, what: str) -> str | None:
    return None if value is None else _text(value, what)


def _whole_number(value: Any, what: str, *, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{what} is a whole number, not {type(value).__name__}")
    if not least <= value <= most:
        raise ValueError(f"{what} is {least} to {most}, not {str(value)[:40]}")
    return int(value)


def make_api(conversation: Conversation, context: dict[str, Any]) -> dict[str, Any]:
    """Return the names a script finds in its scope."""

    def emit_signal(data: dict[str, Any]) -> None:
        if not isinstance(data, dict):
            raise TypeError(f"emit_signal() takes a dictionary, not {type(data).__name__}")
        converted = to_json_value(data)
        conversation.spend("signals", 1, "too many signals")
        conversation.send({"op": "emit", "data": converted})

    def log(*messages: Any) -> None:
        for line in " ".join(str(message) for message in messages).split("\n"):
            conversation.log_line(line)

    def print_to_log(*values: Any, sep: str = " ", end: str = "\n", **_file: Any) -> None:
        log((sep or " ").join(str(value) for value in values) + (end or "").rstrip("\n"))

    def get_timestamp() -> str:
        return RUN_CLOCK.timestamp

    def get_unix_timestamp() -> float:
        return RUN_CLOCK.seconds()

    def get_market_data(
        instrument: str | None = None, timeframe: str | None = None, bars: int = 500
    ) -> pd.DataFrame:
        least, most = protocol.BARS_MINIMUM, protocol.BARS_MAXIMUM
        data: pd.DataFrame = conversation.ask(
            "market",
            instrument=_optional_text(instrument, "instrument"),
            timeframe=_optional_text(timeframe, "timeframe"),
            bars=_whole_number(bars, "bars", least=least, most=most),
        )
        return data

    def get_metric(name: str, instrument: str | None = None) -> Any:
        wanted = _optional_text(instrument, "instrument")
        return conversation.ask("metric", name=_text(name, "name"), instrument=wanted)

    def get_script_output(script_id: str, history: int = 0) -> Any:
        most = protocol.HISTORY_MAXIMUM
        count = _whole_number(history, "history", least=0, most=most)
        return conversation.ask("script", script_id=_text(script_id, "script_id"), history=count)

    return {
        "context": context,
        "params": context.setdefault("params", {}),
        "emit_signal": emit_signal,
        "log": log,
        "print": print_to_log,
        "get_timestamp": get_timestamp,
        "get_unix_timestamp": get_unix_timestamp,
        "get_market_data": get_market_data,
        "get_metric": get_metric,
        "get_script_output": get_script_output,
    }
