"""What a script sees of a market: as it was, cut off, or with another future.

A world answers a script's reads like the gateway, from bars that were read through it before. All
views of one world have their clock in common, so that no difference comes from the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from execution.lookahead.bars import Bars, to_instant
from execution.lookahead.futures import with_future
from execution.sandbox.reads import (
    Columns,
    JsonValue,
    MarketDataRead,
    MetricRead,
    ReadFailed,
    ReadReply,
    ReadRequest,
    ScriptOutputRead,
)
from market import metrics

Load = Callable[[str, str], Bars]
Latest = Mapping[str, Any] | None
# Half as long again as what a run is given: cut off, it is still as long as that.
WINDOW = 750
# What another future makes of a number that another script put out.
_OUTPUT_FACTOR = 1.7


@dataclass(frozen=True, kw_only=True)
class View:
    """One way of looking at a world, in numbers of its bars.

    There are the bars from ``begin`` until before ``end``; with a ``future``, those from ``known``
    on are not the recorded ones. The clock stands at the close of the bar before ``clock``.
    """

    begin: int
    end: int
    clock: int
    known: int
    # Until where the newest bars are counted: a read of n bars begins n bars before it, so that
    # what a cut leaves of a window begins where the whole window does.
    reach: int
    future: str | None = None
    # How many bars a script is given that does not say how many it wants.
    window: int = WINDOW

    @classmethod
    def whole(cls, begin: int, end: int, *, window: int = WINDOW) -> View:
        """Return the view of the recorded bars, as a run at the end of them has it."""
        return cls(begin=begin, end=end, clock=end, known=end, reach=end, window=window)

    def cut(self, known: int) -> View:
        """Return what could be seen when so many of the bars were known, at the same clock."""
        return replace(self, end=known, known=known)

    def cut_and_moved(self, known: int) -> View:
        """Return the cut view that begins as much earlier as it ends earlier."""
        begin = self.begin - (self.end - known)
        return replace(self, begin=begin, end=known, known=known, reach=known)

    def changed(self, known: int, future: str) -> View:
        """Return the view in which another future follows the bars that are known."""
        return replace(self, known=known, future=future)

    @property
    def is_cut(self) -> bool:
        """Whether there are fewer bars than the clock would let one see."""
        return self.end < self.clock


@dataclass(kw_only=True)
class Reading:
    """What one run was told of its own instrument: where its tables began, and how long they were.

    ``most_bars`` is the most that it asked for.
    """

    tables: dict[int, int] = field(default_factory=dict)
    most_bars: int = 0


@dataclass(kw_only=True)
class World:
    """One instrument in one timeframe with its history, and all that may be read beside it."""

    instrument: str
    bars: Bars
    load: Load
    params: Mapping[str, Any] = field(default_factory=dict)
    # Of each declared dependency, what it put out on every bar.
    outputs: Mapping[str, Sequence[Latest]] = field(default_factory=dict)
    identity: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    _others: dict[tuple[str, str], Bars] = field(default_factory=dict)

    @property
    def timeframe(self) -> str:
        """The length of the world's own bars."""
        return self.bars.timeframe

    @cached_property
    def openings(self) -> Mapping[str, int]:
        """The number of each bar by the text of its opening, as plots and tables spell it."""
        return {to_instant(int(at)).isoformat(): bar for bar, at in enumerate(self.bars.opened_ns)}

    def context(self, view: View, *, every_row: bool) -> dict[str, Any]:
        """Return what the script is given in a view."""
        return {
            "user_id": "nobody",
            **self.identity,
            "instrument": self.instrument,
            "instrument_key": self.instrument,
            "timeframe": self.timeframe,
            "params": dict(self.params),
            "timestamp": to_instant(int(self.bars.closes_ns[view.clock - 1])).isoformat(),
            "seed": self.seed,
            "every_row": every_row,
            "bars": max(1, min(view.reach - view.begin, view.window)),
        }

    def answer(self, view: View, reading: Reading, request: ReadRequest) -> ReadReply:
        """Answer a read of a run in a view, and note in ``reading`` what it was told."""
        if isinstance(request, MarketDataRead):
            return self._market(view, reading, request)
        if isinstance(request, MetricRead):
            return JsonValue(value=self._metric(view, request))
        return JsonValue(value=self._output(view, request))

    def _market(self, view: View, reading: Reading, request: MarketDataRead) -> ReadReply:
        instrument = request.instrument or self.instrument
        timeframe = request.timeframe or self.timeframe
        if (instrument, timeframe) != (self.instrument, self.timeframe):
            other = self._other(view, instrument, timeframe)
            return _reply(other.slice(max(0, len(other) - request.bars), len(other)))
        reading.most_bars = max(reading.most_bars, request.bars)
        begin = min(view.end, max(view.begin, view.reach - request.bars))
        reading.tables[view.end - begin] = begin
        return _reply(self._own(view).slice(begin - view.begin, view.end - view.begin))

    def _own(self, view: View) -> Bars:
        return _changed(self.bars.slice(view.begin, view.end), view, view.known - view.begin)

    def _other(self, view: View, instrument: str, timeframe: str) -> Bars:
        if (instrument, timeframe) == (self.instrument, self.timeframe):
            return self._own(view)
        series = self._series(instrument, timeframe)
        clock_ns = int(self.bars.closes_ns[view.clock - 1])
        known_ns = int(self.bars.closes_ns[view.known - 1])
        if timeframe == self.timeframe:
            first_ns = int(self.bars.opened_ns[view.begin])
            begin = int(np.searchsorted(series.opened_ns, first_ns))
            there = series.slice(begin, series.known_at(int(self.bars.closes_ns[view.end - 1])))
        else:
            # Of a longer bar that is still forming there is nothing to see, and later there is.
            # That it comes is no news, so it stays where it is; what it says is changed.
            there = series.slice(0, series.known_at(clock_ns))
        future = view.future or ("raised" if view.is_cut else None)
        if future is None:
            return there
        return _with_future(there, there.known_at(known_ns), future)

    def _series(self, instrument: str, timeframe: str) -> Bars:
        key = (instrument, timeframe)
        if key not in self._others:
            self._others[key] = self.load(instrument, timeframe)
        return self._others[key]

    def _metric(self, view: View, request: MetricRead) -> float | None:
        metric = metrics.METRICS.get(request.name)
        if metric is None:
            raise ReadFailed(
                f"name: there is no metric {request.name!r}; "
                f"write one of {', '.join(metrics.METRICS)}."
            )
        daily = self._other(view, request.instrument or self.instrument, metrics.TIMEFRAME)
        if view.is_cut:
            daily = daily.slice(0, daily.known_at(int(self.bars.closes_ns[view.end - 1])))
        return metric.value_of(daily.columns["close"], daily.columns["volume"])

    def _output(self, view: View, request: ScriptOutputRead) -> Any:
        if request.script_id not in self.outputs:
            raise PermissionError(
                f"get_script_output: {request.script_id!r} cannot be read. Name the script with "
                "its version in depends_on, and make sure that you are entitled to it."
            )
        known = self.outputs[request.script_id]
        there = [
            _changed_output(latest) if view.future and bar >= view.known else latest
            for bar, latest in enumerate(known[: view.end])
        ]
        if request.history == 0:
            return there[-1] if there else None
        return [latest for latest in there if latest is not None][-request.history :]


def _changed(bars: Bars, view: View, known: int) -> Bars:
    return bars if view.future is None else _with_future(bars, max(0, known), view.future)


def _with_future(bars: Bars, known: int, future: str) -> Bars:
    return Bars(
        timeframe=bars.timeframe,
        opened_ns=bars.opened_ns,
        closes_ns=bars.closes_ns,
        columns=with_future(bars.columns, known, future),
    )


def _changed_output(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: item if name == "timestamp" else _changed_output(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_changed_output(item) for item in value]
    if isinstance(value, bool):
        return not value
    return value * _OUTPUT_FACTOR if isinstance(value, int | float) else value


def _reply(bars: Bars) -> Columns:
    return Columns(index_ns=bars.opened_ns, columns=dict(bars.columns))
