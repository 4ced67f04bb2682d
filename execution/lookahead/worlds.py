"""Which worlds a script is tried in: some instruments, and the first also in short bars.

Look-ahead is a property of a script and not of prices, so prices that were traded by the day may
stand for others: with short bars, days, hours and weeks begin and end inside the window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from execution.lookahead.bars import Bars, at_other_hours, longer_bars, rescaled, to_instant
from execution.lookahead.effort import LIGHT, THOROUGH, USUAL, Effort
from execution.lookahead.world import Latest, Load, World
from execution.sandbox.reads import ReadFailed
from market.timeframes import Timeframe, UnknownTimeframe

LoadBars = Callable[[str, str], Bars]  # of an instrument, in a timeframe
DAILY = "1d"


def worlds_of_files(
    instruments: Sequence[str], load: LoadBars, *, params: Mapping[str, Any]
) -> Iterator[tuple[World, Effort]]:
    """Yield the worlds for a script of which nothing is known: days first, then shorter bars.

    Whatever else it reads, another instrument or another script, is stood in for.
    """
    first, *others = instruments
    there = frozenset(instruments)

    def load_any(instrument: str, timeframe: str) -> Bars:
        if instrument not in there:
            instrument = instruments[sum(map(ord, instrument)) % len(instruments)]
        return load(instrument, timeframe)

    worlds = [
        (_as_recorded(first, DAILY, load_any, params), THOROUGH),
        (_at_other_hours(first, "1m", load_any, params), USUAL),
        (_at_other_hours(first, "1h", load_any, params), LIGHT),
        (_small_numbers(first, load_any, params), LIGHT),
        *((_as_recorded(other, DAILY, load_any, params), LIGHT) for other in others),
    ]
    for world, effort in worlds:
        world.outputs = StandIns(world.bars)
        yield world, effort


class StandIns(dict[str, Sequence[Latest]]):
    """What any other script might have put out, as long as nobody knows what it did."""

    def __init__(self, bars: Bars) -> None:
        super().__init__()
        self._bars = bars

    def __contains__(self, script_id: object) -> bool:
        return True

    def __missing__(self, script_id: str) -> Sequence[Latest]:
        closes = zip(self._bars.columns["close"].tolist(), self._bars.closes_ns, strict=True)
        self[script_id] = [
            {"value": value, "timestamp": to_instant(int(at)).isoformat(), "metadata": {}}
            for value, at in closes
        ]
        return self[script_id]


def worlds_of_version(
    instruments: Sequence[str],
    timeframe: str,
    load: LoadBars,
    *,
    params: Mapping[str, Any],
) -> Iterator[tuple[World, Effort]]:
    """Yield the worlds for a script that is written for a timeframe.

    Where there are no bars of it, daily ones stand for them.
    """
    for position, instrument in enumerate(instruments):
        effort = THOROUGH if position == 0 else LIGHT
        if len(load(instrument, timeframe)):
            yield _as_recorded(instrument, timeframe, load, params), effort
        elif timeframe != DAILY:
            yield _at_other_hours(instrument, timeframe, load, params), effort


def _as_recorded(
    instrument: str, timeframe: str, load: LoadBars, params: Mapping[str, Any]
) -> World:
    bars = load(instrument, timeframe)
    return World(instrument=instrument, bars=bars, load=_or_longer(load, bars), params=params)


def _or_longer(load: LoadBars, own: Bars) -> Load:
    def load_or_add_up(instrument: str, timeframe: str) -> Bars:
        name = _name(timeframe)
        recorded = load(instrument, name)
        if len(recorded) or not _divides(own.timeframe, name):
            return _required(recorded, instrument, name)
        return _required(longer_bars(load(instrument, own.timeframe), name), instrument, name)

    return load_or_add_up


def _at_other_hours(
    instrument: str, timeframe: str, load: LoadBars, params: Mapping[str, Any]
) -> World:
    def load_moved(other: str, wanted: str) -> Bars:
        name = _name(wanted)
        moved = at_other_hours(_required(load(other, DAILY), other, name), timeframe)
        if name == timeframe:
            return moved
        if not _divides(timeframe, name):
            raise ReadFailed(f"timeframe: {other} has no {name} bars; write {timeframe}.")
        return longer_bars(moved, name)

    bars = at_other_hours(load(instrument, DAILY), timeframe)
    return World(instrument=instrument, bars=bars, load=load_moved, params=params)


def _small_numbers(instrument: str, load: LoadBars, params: Mapping[str, Any]) -> World:
    # Prices about a hundred and a handful traded, for scripts that compare with numbers like that.
    def load_small(other: str, wanted: str) -> Bars:
        bars = _required(load(other, _name(wanted)), other, wanted)
        return rescaled(bars, price=100.0, volume=8.0)

    bars = load_small(instrument, DAILY)
    return World(instrument=instrument, bars=bars, load=load_small, params=params)


def _required(bars: Bars, instrument: str, timeframe: str) -> Bars:
    if not len(bars):
        raise ReadFailed(f"{instrument} has no {timeframe} bars.")
    return bars


def _name(timeframe: str) -> str:
    try:
        return Timeframe(timeframe).name
    except UnknownTimeframe as error:
        raise ReadFailed(error.message) from None


def _divides(shorter: str, longer: str) -> bool:
    length = Timeframe(shorter).seconds
    return Timeframe(longer).seconds > length and Timeframe(longer).seconds % length == 0
