"""What a run says about which bar: rows, stamped signals, plots and lists, all as single values.

What a script puts out without naming an earlier bar is about the newest one. Nothing comes after
that, so it cannot know what does, and is left out here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from execution.lookahead.world import Reading, View, World
from execution.sandbox.results import Plot, SandboxResult

_POINTS_OF_A_LEVEL = 2
_DEPTH_MAXIMUM = 8
# Words of the engine's own in the signals of a strategy: the bar's place in the window.
_PLACE = "bar"


class Place(NamedTuple):
    """Which value: of which bar, by which way, and the name of the field."""

    bar: int
    way: str
    field: str


ROW, SIGNAL, PLOT, LIST = "row", "signal", "plot", "list"
ANY = ""


@dataclass(frozen=True, kw_only=True)
class Said:
    """Everything a run said about single bars."""

    values: Mapping[Place, Any]
    # One row for every bar, or a strategy's changes of mind; None for scripts of the other kinds.
    kind: str | None
    # The bars that were spoken of, by the way and by the word that was said of them.
    mentions: Mapping[tuple[str, str], Sequence[int]] = field(default_factory=dict)

    def about(self, bars: range, *, way: str) -> Said:
        """Return what was said about some of the bars in one of the ways."""
        kept = {
            place: value
            for place, value in self.values.items()
            if place.bar in bars and place.way == way
        }
        return Said(values=kept, kind=self.kind, mentions=self.mentions)

    def ends_before(self, place: Place, word: Any, other: Said) -> bool:
        """Tell whether a run that is silent about a bar has only newer ones to speak of.

        Many scripts put out the newest few of what they found. That later ones push an old one out
        is no statement about its bar. Such a run says as much as the other does, all of it newer.
        """
        if place.way == ROW:
            return False
        keys = [(place.way, ANY), (place.way, _word(place, word))]
        for key in keys:
            ours, theirs = self.mentions.get(key, ()), other.mentions.get(key, ())
            if len(ours) >= len(theirs) > 0 and min(ours) > place.bar:
                return True
        return False


def _word(place: Place, word: Any) -> str:
    return place.field if place.way == PLOT else word if isinstance(word, str) else ANY


TABLE, CHANGES = "table", "changes"


def said_by(result: SandboxResult, world: World, view: View, reading: Reading) -> Said:
    """Return what a run in a view said about single bars, the newest row of a table included."""
    listener = _Listener(world, view, reading)
    kind = None
    if result.rows is not None:
        kind = TABLE if result.rows == view.end - view.begin else CHANGES
        kind = CHANGES if _are_changes(result) else kind
        listener.hear_rows(result, kind)
    else:
        listener.hear_outputs(result)
    listener.hear_plots(result.plots)
    return Said(values=listener.values, kind=kind, mentions=listener.mentions)


def newest_row(result: SandboxResult, view: View) -> Said:
    """Return what a run of a table script said when it was asked for its newest row only."""
    fields = {
        Place(view.end - 1, ROW, name): value
        for output in result.outputs[-1:]
        for name, value in fields_of(output)
    }
    return Said(values=fields, kind=TABLE)


def _are_changes(result: SandboxResult) -> bool:
    return bool(result.outputs) and all(
        {_PLACE, "previous", "price"} <= output["metadata"].keys() for output in result.outputs
    )


class _Listener:
    def __init__(self, world: World, view: View, reading: Reading) -> None:
        self._opened_ns = world.bars.opened_ns
        self._openings = world.openings
        self._view = view
        self._reading = reading
        self._clock = world.context(view, every_row=False)["timestamp"]
        self.values: dict[Place, Any] = {}
        self.mentions: dict[tuple[str, str], list[int]] = {}

    def hear_rows(self, result: SandboxResult, kind: str) -> None:
        for position, output in enumerate(result.outputs):
            place = position
            if kind == CHANGES:
                said = output["metadata"].get(_PLACE)
                place = said if type(said) is int else position
            for name, value in fields_of(output):
                self.values[Place(self._view.begin + place, ROW, name)] = value

    def hear_outputs(self, result: SandboxResult) -> None:
        counts: dict[int, int] = {}
        for output in result.outputs:
            if output["timestamp"] == self._clock:
                self._hear_lists(output)
                continue
            bar = self._bar_at(output["timestamp"])
            if bar is None:
                continue
            self._mention(SIGNAL, bar, output["value"])
            number = counts[bar] = counts.get(bar, 0) + 1
            prefix = f"#{number} " if number > 1 else ""
            for name, value in fields_of(output, with_timestamp=True):
                self.values[Place(bar, SIGNAL, prefix + name)] = value

    def hear_plots(self, plots: list[Plot]) -> None:
        for plot in plots:
            points = list(zip(plot.timestamps, plot.values, strict=True))
            if self._is_level(plot):
                continue
            for timestamp, value in points:
                bar = self._bar_at(timestamp)
                if bar is not None:
                    name = f"plots.{plot.name}"
                    self._mention(PLOT, bar, name)
                    self.values[Place(bar, PLOT, name)] = value

    def _mention(self, way: str, bar: int, word: Any) -> None:
        # Of plots each line counts for itself, of the others also all of them together.
        words = {word} if isinstance(word, str) else set()
        for each in words if way == PLOT else words | {ANY}:
            self.mentions.setdefault((way, each), []).append(bar)

    def _is_level(self, plot: Plot) -> bool:
        # One number drawn across the bars is about the newest of them, though it begins earlier.
        return (
            len(plot.values) <= _POINTS_OF_A_LEVEL
            and len(set(plot.values)) == 1
            and any(self._reading.tables)
            and max(self._reading.tables) > _POINTS_OF_A_LEVEL
        )

    def _hear_lists(self, output: dict[str, Any]) -> None:
        for name, value in _named(output["value"], "value"):
            self._hear_list(name, value)
        for name, value in _named(output["metadata"], "metadata"):
            self._hear_list(name, value)

    def _hear_list(self, name: str, value: Any) -> None:
        for bar, item in self._bars_of(value):
            self._mention(LIST, bar, None)
            for full_name, single in _flat(item, name):
                self.values[Place(bar, LIST, full_name)] = single

    def _bars_of(self, value: Any) -> Iterator[tuple[int, Any]]:
        if isinstance(value, list):
            begin = self._reading.tables.get(len(value)) if len(value) > 1 else None
            if begin is not None:
                yield from ((begin + position, item) for position, item in enumerate(value))
            else:
                yield from self._events_of(value)
        elif isinstance(value, dict):
            bars = [self._exact_bar(name) for name in value]
            if bars and None not in bars:
                yield from (
                    (bar, v) for bar, v in zip(bars, value.values(), strict=True) if bar is not None
                )

    def _events_of(self, events: list[Any]) -> Iterator[tuple[int, Any]]:
        # A list of events, each of which names its bar.
        for event in events:
            if not isinstance(event, dict):
                return
            bars = [bar for item in event.values() if (bar := self._exact_bar(item)) is not None]
            if bars:
                yield max(bars), event

    def _exact_bar(self, text: Any) -> int | None:
        instant = _to_ns(text)
        if instant is None:
            return None
        bar = int(np.searchsorted(self._opened_ns, instant))
        if bar < len(self._opened_ns) and int(self._opened_ns[bar]) == instant:
            return bar
        return None

    def _bar_at(self, timestamp: str) -> int | None:
        known = self._openings.get(timestamp)
        if known is not None:
            return known
        instant = _to_ns(timestamp)
        if instant is None:
            return None
        bar = int(np.searchsorted(self._opened_ns, instant, side="right")) - 1
        return bar if bar >= 0 else None


def _named(value: Any, name: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    # The dictionaries inside a value, down to its lists.
    yield name, value
    if isinstance(value, dict) and depth < _DEPTH_MAXIMUM:
        for key, item in value.items():
            yield from _named(item, f"{name}.{key}", depth + 1)


def fields_of(output: dict[str, Any], *, with_timestamp: bool = False) -> Iterator[tuple[str, Any]]:
    """Yield every single value of an output with the name of its field."""
    yield from _flat(output["value"], "value")
    for name, value in output["metadata"].items():
        yield from _flat(value, f"metadata.{name}")
    if with_timestamp:
        yield "timestamp", output["timestamp"]


def _flat(value: Any, name: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if depth < _DEPTH_MAXIMUM and isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}", depth + 1)
    elif depth < _DEPTH_MAXIMUM and isinstance(value, list) and value:
        for position, item in enumerate(value):
            yield from _flat(item, f"{name}[{position}]", depth + 1)
    else:
        yield name, value


def _to_ns(text: Any) -> int | None:
    if not isinstance(text, str) or len(text) < len("2006-01-03"):
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = instant.timestamp() if instant.tzinfo else instant.replace(tzinfo=UTC).timestamp()
    return round(seconds * 1_000_000) * 1000
