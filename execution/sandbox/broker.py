"""The supervisor's side of one run: hear what the guest says, answer its reads, keep its limits.

Everything a guest says is doubted: its frames are small, its words are known, its counts are
counted here again. Nothing it says about itself is believed.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from execution.sandbox import protocol
from execution.sandbox.limits import LIMIT_NAMES, SandboxLimits
from execution.sandbox.protocol import ProtocolViolation
from execution.sandbox.reads import (
    Columns,
    MarketDataRead,
    MetricRead,
    ReadAnswerer,
    ReadFailed,
    ReadRequest,
    ScriptOutputRead,
)
from execution.sandbox.results import ScriptError, Status
from execution.sandbox.zygote_process import GuestProcess

_RECEIVE_BYTES = 256 * 1024
_DEPTH_MAXIMUM = 32
_MESSAGE_CHARACTERS = 1000
_TYPE_CHARACTERS = 100
_OUTCOMES: dict[str, Status] = {
    "ok": "ok",
    "error": "error",
    "rejected": "rejected",
    "memory": "memory",
    "output_limit": "output_limit",
}


@dataclass(kw_only=True)
class Heard:
    """What a guest said in one run. Without a status it fell silent before it was done."""

    status: Status | None = None
    error: ScriptError | None = None
    outputs: list[dict[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    signals: int = 0
    log_bytes: int = 0
    calls: int = 0
    bytes_out: int = 0

    def stop(self, status: Status, kind: str, message: str, *, limit: str | None = None) -> None:
        """Record why the run was ended from outside."""
        self.status = status
        self.error = ScriptError(type=kind, message=message, line=None, limit=limit)


class _LimitReached(Exception):
    def __init__(self, name: str, most: float) -> None:
        super().__init__(f"the limit {name} is {most:g}")
        self.name = name


def converse(
    guest: GuestProcess,
    *,
    limits: SandboxLimits,
    answer_read: ReadAnswerer,
    timestamp: str,
    deadline: float,
) -> Heard:
    """Listen to a guest, and answer it, until it is done, misbehaves, falls silent or is late."""
    exchange = _Exchange(guest, limits, answer_read, timestamp, deadline)
    heard = exchange.heard
    try:
        exchange.run()
    except TimeoutError:
        message = f"the run took longer than the limit wall_seconds of {limits.wall_seconds:g}"
        heard.stop("timeout", "Timeout", message, limit="wall_seconds")
    except _LimitReached as fault:
        heard.stop("output_limit", "LimitExceeded", str(fault), limit=fault.name)
    except ProtocolViolation as fault:
        heard.stop("protocol", "ProtocolViolation", str(fault))
    except (BrokenPipeError, ConnectionResetError):
        heard.status = None
    return heard


class _Exchange:
    def __init__(
        self,
        guest: GuestProcess,
        limits: SandboxLimits,
        answer_read: ReadAnswerer,
        timestamp: str,
        deadline: float,
    ) -> None:
        self._guest = guest
        self._limits = limits
        self._answer_read = answer_read
        self._timestamp = timestamp
        self._deadline = deadline
        self.heard = Heard()

    def run(self) -> None:
        handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "emit": self._take_signal,
            "log": self._take_log,
            "market": self._answer,
            "metric": self._answer,
            "script": self._answer,
            "result": self._take_result,
        }
        while self.heard.status is None:
            frame = self._next_frame()
            if frame is None:
                return
            operation = frame.get("op")
            handler = handlers.get(operation) if isinstance(operation, str) else None
            if handler is None:
                raise ProtocolViolation("an operation that does not exist")
            handler(frame)

    def _seconds_left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _next_frame(self) -> dict[str, Any] | None:
        received = self._guest.received
        while True:
            before = len(received)
            frame = protocol.take_frame(received, frame_bytes=self._limits.frame_bytes)
            if frame is not None:
                self._count("bytes_out", before - len(received), "output_bytes")
                return frame
            self._guest.connection.settimeout(self._seconds_left())
            part = self._guest.connection.recv(_RECEIVE_BYTES)
            if not part:
                return None
            received += part

    def _count(self, counter: str, amount: int, limit: str) -> None:
        total = getattr(self.heard, counter) + amount
        setattr(self.heard, counter, total)
        most = getattr(self._limits, limit)
        if total > most:
            raise _LimitReached(limit, most)

    def _take_signal(self, frame: dict[str, Any]) -> None:
        data = clean(frame.get("data"))
        if not isinstance(data, dict):
            raise ProtocolViolation("a signal is a dictionary")
        if self.heard.signals >= self._limits.signals:
            raise _LimitReached("signals", self._limits.signals)
        self.heard.signals += 1
        self.heard.outputs.append(shape_output(data, timestamp=self._timestamp))

    def _take_log(self, frame: dict[str, Any]) -> None:
        line = clean(frame.get("line"))
        if not isinstance(line, str):
            raise ProtocolViolation("a log line is text")
        if len(line) > self._limits.log_line_characters:
            raise _LimitReached("log_line_characters", self._limits.log_line_characters)
        self._count("log_bytes", len(line.encode()), "log_bytes")
        if len(self.heard.log) >= self._limits.log_lines:
            raise _LimitReached("log_lines", self._limits.log_lines)
        self.heard.log.append(line)

    def _answer(self, frame: dict[str, Any]) -> None:
        self._count("calls", 1, "calls")
        request = read_request(frame["op"], frame.get("args"))
        reply = _reply_to(request, self._answer_read)
        self._guest.connection.settimeout(self._seconds_left())
        self._guest.connection.sendall(reply)

    def _take_result(self, frame: dict[str, Any]) -> None:
        status = frame.get("status")
        if not isinstance(status, str) or status not in _OUTCOMES:
            raise ProtocolViolation("a result without a status")
        if status == "ok":
            self._take_outputs(frame)
        else:
            self.heard.error = _script_error(frame.get("error"))
        self.heard.status = _OUTCOMES[status]

    def _take_outputs(self, frame: dict[str, Any]) -> None:
        rows = frame.get("rows", [])
        values = [frame["value"]] if "value" in frame else []
        if not isinstance(rows, list):
            raise ProtocolViolation("rows are a list")
        for value in [*rows, *values]:
            self.heard.outputs.append(shape_output(clean(value), timestamp=self._timestamp))


def shape_output(value: Any, *, timestamp: str) -> dict[str, Any]:
    """Return a value, or a dictionary that describes one, as value, timestamp and metadata."""
    if not isinstance(value, dict):
        return {"value": value, "timestamp": timestamp, "metadata": {}}
    rest = {key: item for key, item in value.items() if key not in ("value", "timestamp")}
    given = value.get("timestamp")
    return {
        "value": value.get("value"),
        "timestamp": timestamp if given is None else given,
        "metadata": rest,
    }


def clean(value: Any, depth: int = 0) -> Any:
    """Return what a guest said without what a database or a log could not hold."""
    if depth > _DEPTH_MAXIMUM:
        raise ProtocolViolation("a value is nested too deeply")
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {clean(key): clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item, depth + 1) for item in value]
    return value


def _script_error(described: Any) -> ScriptError:
    if not isinstance(described, dict):
        raise ProtocolViolation("an error without a description")
    line, limit = described.get("line"), described.get("limit")
    return ScriptError(
        type=clean(str(described.get("type"))[:_TYPE_CHARACTERS]),
        message=clean(str(described.get("message"))[:_MESSAGE_CHARACTERS]),
        line=line if type(line) is int else None,
        limit=limit if isinstance(limit, str) and limit in LIMIT_NAMES else None,
    )


def read_request(operation: str, arguments: Any) -> ReadRequest:
    """Return what a guest asks for, refusing anything that is not exactly a request."""
    if not isinstance(arguments, dict):
        raise ProtocolViolation("a read without arguments")
    if operation == "market":
        return MarketDataRead(
            instrument=_optional_name(arguments, "instrument"),
            timeframe=_optional_name(arguments, "timeframe"),
            bars=_count(arguments, "bars", protocol.BARS_MINIMUM, protocol.BARS_MAXIMUM),
        )
    if operation == "metric":
        instrument = _optional_name(arguments, "instrument")
        return MetricRead(name=_name(arguments, "name"), instrument=instrument)
    history = _count(arguments, "history", 0, protocol.HISTORY_MAXIMUM)
    return ScriptOutputRead(script_id=_name(arguments, "script_id"), history=history)


def _name(arguments: dict[str, Any], key: str) -> str:
    value = arguments.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= protocol.NAME_CHARACTERS_MAXIMUM:
        raise ProtocolViolation(f"{key} is not a name")
    return str(clean(value))


def _optional_name(arguments: dict[str, Any], key: str) -> str | None:
    return None if arguments.get(key) is None else _name(arguments, key)


def _count(arguments: dict[str, Any], key: str, least: int, most: int) -> int:
    value = arguments.get(key, 0)
    if type(value) is not int or not least <= value <= most:
        raise ProtocolViolation(f"{key} is not a number from {least} to {most}")
    return value


def _reply_to(request: ReadRequest, answer_read: ReadAnswerer) -> bytes:
    try:
        reply = answer_read(request)
    except PermissionError as fault:
        return _error_frame("PermissionError", fault)
    except ReadFailed as fault:
        return _error_frame("RuntimeError", fault)
    if isinstance(reply, Columns):
        return protocol.pack_columns(reply.index_ns, reply.columns)
    return protocol.pack_frame({"kind": "json", "value": reply.value})


def _error_frame(kind: str, fault: Exception) -> bytes:
    return protocol.pack_frame({"kind": "error", "type": kind, "message": str(fault)})
