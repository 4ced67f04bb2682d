"""One run's side of the exchange with the supervisor, and how much of its limits is used."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from execution.sandbox import protocol
from execution.sandbox.guest.values import shape_output


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
_SAID = ("signals", "log_lines", "log_bytes")


class Conversation:
    """What one run says and is told, and what it has used of its limits."""

    def __init__(self, descriptor: int, limits: dict[str, int]) -> None:
        self._descriptor = descriptor
        self._limits = limits
        self._used = dict.fromkeys(limits, 0)
        self._is_over = False
        self._rehearsed: list[bytes] | None = None
        self._used_before: dict[str, int] = {}
        self._plots: dict[str, dict[str, Any]] = {}
        # The opening instants of the tables it was given, by their length, in nanoseconds.
        self._instants: dict[int, npt.NDArray[np.int64]] = {}
        self.newest_instants: npt.NDArray[np.int64] | None = None
        self.exceeded: LimitExceeded | None = None

    @property
    def spoken(self) -> bool:
        """Whether a signal was emitted."""
        return self._used["signals"] > 0

    def spend(self, name: str, amount: int, described: str) -> None:
        """Count something against a limit, raising LimitExceeded when it is over."""
        self._used[name] += amount
        self.require(name, self._used[name], described)

    def require(self, name: str, amount: int, described: str) -> None:
        """Refuse an amount that is over a limit."""
        if amount > self._limits[name]:
            # The run ends even if the script catches what is raised.
            message = f"{described}: the limit {name} is {self._limits[name]}"
            self.exceeded = LimitExceeded(message, limit=name)
            raise self.exceeded

    def send(self, header: dict[str, Any]) -> None:
        """Tell the supervisor something."""
        if self._is_over:
            # Code of one context that outlived it must not speak in the name of the next.
            raise RuntimeError("this run is over")
        frame = protocol.pack_frame(header)
        self.require("frame_bytes", len(frame), f"{len(frame)} bytes at once")
        if self._rehearsed is not None and header["op"] in ("emit", "log"):
            self._rehearsed.append(frame)
        else:
            protocol.write_all(self._descriptor, frame)

    def close(self) -> None:
        """Let nothing more be said."""
        self._is_over = True

    def rehearse(self) -> None:
        """Hold signals and log lines back until it is known whether they count."""
        self._rehearsed = []
        self._used_before = {name: self._used[name] for name in _SAID}

    def end_rehearsal(self, *, keep: bool) -> None:
        """Say what was held back, or forget it."""
        held, self._rehearsed = self._rehearsed or [], None
        if keep:
            protocol.write_all(self._descriptor, b"".join(held))
        else:
            self._used |= self._used_before

    def emit(self, data: dict[str, Any]) -> None:
        """Send one signal."""
        shaped = shape_output(data)
        self.spend("signals", 1, "too many signals")
        self.send({"op": "emit", "data": shaped})

    def log_line(self, line: str) -> None:
        """Send one line of the log."""
        self.require("log_line_characters", len(line), f"a log line of {len(line)} characters")
        self.spend("log_lines", 1, "too many log lines")
        self.spend("log_bytes", len(line.encode("utf-8", "replace")), "too much log")
        self.send({"op": "log", "line": line})

    def keep_plot(self, plot: dict[str, Any]) -> None:
        """Keep a plot until the run is done; one of the same name takes its place."""
        self.require("plot_points", len(plot["values"]), f"a plot of {len(plot['values'])} points")
        self._plots[plot["name"]] = plot
        self.require("plots", len(self._plots), "too many plots")

    def send_plots(self) -> None:
        """Send every plot that was kept."""
        for plot in self._plots.values():
            self.send({"op": "plot", **plot})

    def instants_of_length(self, length: int) -> npt.NDArray[np.int64] | None:
        """Return when the bars of the newest table of a length opened, or None without one."""
        return self._instants.get(length)

    def ask(self, operation: str, **arguments: Any) -> Any:
        """Ask the supervisor for data and return it."""
        self.spend("calls", 1, "too many reads")
        self.send({"op": operation, "args": arguments})
        header, payload = protocol.read_frame(self._descriptor)
        kind = header["kind"]
        if kind == "error":
            raise _REPLY_ERRORS[header["type"]](header["message"])
        if kind == "columns":
            index_ns, _values = protocol.unpack_columns(header, payload)
            self._instants[len(index_ns)] = self.newest_instants = index_ns
            return to_frame(header, payload)
        return header["value"]

    def ask_for_bars(self, bars: int) -> pd.DataFrame:
        """Return the newest closed bars of the run's own instrument and timeframe."""
        table: pd.DataFrame = self.ask("market", instrument=None, timeframe=None, bars=bars)
        return table


def to_frame(header: dict[str, Any], payload: bytes) -> pd.DataFrame:
    """Return a table that arrived from the supervisor."""
    index_ns, values = protocol.unpack_columns(header, payload)
    index = pd.DatetimeIndex(index_ns.view("datetime64[ns]"), tz="UTC", name="opened_at")
    return pd.DataFrame(values.T.copy(), columns=header["names"], index=index)
