"""Which worlds a script is tried in: some instruments, and the first also in short bars.

Look-ahead is a property of a script and not of prices, so prices that were traded by the day may
stand for others: with short bars, days, hours and weeks begin and end inside the window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from execution.lookahead.bars import Bars, at_other_hours, longer_bars
from execution.lookahead.proof import LIGHT, THOROUGH, USUAL, Effort
from execution.lookahead.world import Load, World
from execution.sandbox.reads import ReadFailed
from market.timeframes import Timeframe, UnknownTimeframe

LoadBars = Callable[[str, str], Bars]  # of an instrument, in a timeframe
SHORT_TIMEFRAME = "1m"
DAILY = "1d"


def worlds_of_files(
    instruments: Sequence[str], load: LoadBars, *, params: Mapping[str, Any]
) -> Iterator[tuple[World, Effort]]:
    """Yield the worlds for a script of which no timeframe is known: days first, then minutes."""
    first, *others = instruments
    yield _as_recorded(first, DAILY, load, params), THOROUGH
    yield _at_other_hours(first, SHORT_TIMEFRAME, load, params), USUAL
    for other in others:
        yield _as_recorded(other, DAILY, load, params), LIGHT


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
