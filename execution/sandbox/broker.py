"""The supervisor's side of one run: hear what the guest says, answer its reads, keep its limits.

Everything a guest says is doubted: its frames are small, its words are known, its counts are
counted here again. Nothing it says about itself is believed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from execution.sandbox import protocol, statements
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.protocol import ProtocolViolation
from execution.sandbox.reads import Columns, ReadAnswerer, ReadFailed, ReadRequest
from execution.sandbox.results import Plot, ScriptError, Status
from execution.sandbox.zygote_process import GuestProcess

_RECEIVE_BYTES = 256 * 1024
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
    plots: dict[str, Plot] = field(default_factory=dict)
    signals: int = 0
    rows: int | None = None
    log_bytes: int = 0
    calls: int = 0
    bytes_out: int = 0
    bytes_in: int = 0

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
    context: dict[str, Any],
    deadline: float,
) -> Heard:
    """Listen to a guest, and answer it, until it is done, misbehaves, falls silent or is late."""
    exchange = _Exchange(guest, limits, answer_read, context, deadline)
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
        context: dict[str, Any],
        deadline: float,
    ) -> None:
        self._guest = guest
        self._limits = limits
        self._answer_read = answer_read
        self._timestamp: str = context["timestamp"]
        self._wants_rows = bool(context.get("every_row"))
        self._deadline = deadline
        self.heard = Heard()

    def run(self) -> None:
        handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "emit": self._take_signal,
            "log": self._take_log,
            "plot": self._take_plot,
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
        statements.require_keys(frame, "data")
        if self.heard.signals >= self._limits.signals:
            raise _LimitReached("signals", self._limits.signals)
        self.heard.signals += 1
        self.heard.outputs.append(statements.read_signal(frame["data"], timestamp=self._timestamp))

    def _take_log(self, frame: dict[str, Any]) -> None:
        statements.require_keys(frame, "line")
        line = statements.read_log_line(frame["line"])
        if len(line) > self._limits.log_line_characters:
            raise _LimitReached("log_line_characters", self._limits.log_line_characters)
        self._count("log_bytes", len(line.encode()), "log_bytes")
        if len(self.heard.log) >= self._limits.log_lines:
            raise _LimitReached("log_lines", self._limits.log_lines)
        self.heard.log.append(line)

    def _take_plot(self, frame: dict[str, Any]) -> None:
        if len(self.heard.plots) >= self._limits.plots:
            raise _LimitReached("plots", self._limits.plots)
        plot = statements.read_plot(frame)
        if len(plot.values) > self._limits.plot_points:
            raise _LimitReached("plot_points", self._limits.plot_points)
        if plot.name in self.heard.plots:
            raise ProtocolViolation("two plots of one name")
        self.heard.plots[plot.name] = plot

    def _answer(self, frame: dict[str, Any]) -> None:
        statements.require_keys(frame, "args")
        self._count("calls", 1, "calls")
        request = statements.read_request(frame["op"], frame["args"])
        reply = _reply_to(request, self._answer_read)
        self._count("bytes_in", len(reply), "input_bytes")
        self._guest.connection.settimeout(self._seconds_left())
        self._guest.connection.sendall(reply)

    def _take_result(self, frame: dict[str, Any]) -> None:
        status = frame.get("status")
        if not isinstance(status, str) or status not in _OUTCOMES:
            raise ProtocolViolation("a result without a status")
        if status == "ok":
            self._take_outputs(frame)
        else:
            statements.require_keys(frame, "status", "error")
            self.heard.error = statements.read_error(frame["error"])
        self.heard.status = _OUTCOMES[status]

    def _take_outputs(self, frame: dict[str, Any]) -> None:
        given = frame.keys() & {"value", "rows"}
        statements.require_keys(frame, "status", *given)
        if given == {"rows"} and self._wants_rows and isinstance(frame["rows"], list):
            values = frame["rows"]
            self.heard.rows = len(values)
        elif given == {"value"}:
            values = [frame["value"]]
        elif not given:
            values = []
        else:
            raise ProtocolViolation("a result is one value, or the rows that were asked for")
        if len(values) > self._limits.rows:
            raise _LimitReached("rows", self._limits.rows)
        for value in values:
            shaped = statements.shape_output(statements.clean(value), timestamp=self._timestamp)
            self.heard.outputs.append(shaped)


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
