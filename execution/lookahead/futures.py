"""Other futures: the same bars up to one of them, and after it prices that never were.

Every future is as valid as the recorded one: positive finite numbers, highs above lows. What a
script puts out for a bar may not depend on which of them comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from execution.lookahead.bars import FloatArray

Columns = Mapping[str, FloatArray]
_RESTLESSNESS = 0.05
_SEED = 20_060_103


def _raised(known: Columns, later: Columns) -> Columns:
    return _scaled(later, prices=1.7, volume=3.0)


def _lowered(known: Columns, later: Columns) -> Columns:
    return _scaled(later, prices=1 / 1.9, volume=0.25)


def _mirrored(known: Columns, later: Columns) -> Columns:
    # Every move in the other direction, as seen from the last price that is known.
    level = _level(known, later)
    turned = {name: level * level / later[name] for name in ("open", "close")}
    return turned | {
        "high": level * level / later["low"],
        "low": level * level / later["high"],
        "volume": later["volume"][::-1].copy(),
    }


def _shuffled(known: Columns, later: Columns) -> Columns:
    order = np.random.default_rng(_SEED).permutation(len(later["close"]))
    return {name: values[order] for name, values in later.items()}


def _reversed(known: Columns, later: Columns) -> Columns:
    return {name: values[::-1].copy() for name, values in later.items()}


def _restless(known: Columns, later: Columns) -> Columns:
    noise = np.random.default_rng(_SEED).normal(0.0, _RESTLESSNESS, len(later["close"]))
    level = np.exp(np.cumsum(noise))
    prices = {name: later[name] * level for name in ("open", "high", "low", "close")}
    return prices | {"volume": later["volume"] * np.exp(noise * 10)}


FUTURES: Mapping[str, Callable[[Columns, Columns], Columns]] = {
    "raised": _raised,
    "lowered": _lowered,
    "mirrored": _mirrored,
    "restless": _restless,
    "shuffled": _shuffled,
    "reversed": _reversed,
}


def with_future(columns: Columns, known: int, future: str) -> Columns:
    """Return columns whose first bars stay and whose later ones are of another future."""
    past = {name: values[:known] for name, values in columns.items()}
    later = {name: values[known:] for name, values in columns.items()}
    if not len(later["close"]):
        return columns
    changed = FUTURES[future](past, later)
    return {name: np.concatenate([past[name], changed[name]]) for name in columns}


def _scaled(later: Columns, *, prices: float, volume: float) -> Columns:
    return {
        name: values * (volume if name == "volume" else prices) for name, values in later.items()
    }


def _level(known: Columns, later: Columns) -> float:
    return float(known["close"][-1] if len(known["close"]) else later["open"][0])
