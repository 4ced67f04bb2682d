"""A small market for honest scripts: seeded walks with trends, quiet and wild times, and volume."""

import functools
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from execution.sandbox.reads import (
    Columns,
    JsonValue,
    MarketDataRead,
    MetricRead,
    ReadReply,
    ReadRequest,
)

CLOCK = "2026-01-01T12:00:00+00:00"
REFUSAL = "this read is not available to the script"
CONTEXT: dict[str, Any] = {
    "instrument": "NIFTY50",
    "instrument_key": "NIFTY50",
    "timeframe": "15m",
    "timestamp": CLOCK,
    "user_id": "ada",
    "params": {"period": 14},
}
METRICS: dict[str, Any] = {"ada.pnl": 7.0, "vix": 15.5, "limits": {"risk": 0.01, "lots": [1, 2]}}
OUTPUTS = [
    {"value": 1.5 + number, "timestamp": f"2026-01-01T0{number}:00:00+00:00", "metadata": {}}
    for number in range(5)
]
_CLOCK_NS = 1_767_268_800_000_000_000
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_BARS = 5000


def _walk(name: str) -> npt.NDArray[np.float64]:
    chance = np.random.default_rng(zlib.crc32(name.encode()))
    wildness = 0.002 * (1 + 0.8 * np.sin(np.arange(_BARS) / 160.0)) + 0.0005
    drift = 0.0004 * np.sign(np.sin(np.arange(_BARS) / 25.0))
    return chance.normal(drift, wildness)


@functools.cache
def bars_of(instrument: str, timeframe: str) -> Columns:
    """Return 5,000 bars, the newest of which closed at the clock."""
    length_ns = int(timeframe[:-1]) * _SECONDS[timeframe[-1]] * 1_000_000_000
    # Instruments move together for the most part, so that pairs of them mean something.
    changes = 0.8 * _walk(f"market {timeframe}") + 0.4 * _walk(f"{instrument} {timeframe}")
    chance = np.random.default_rng(zlib.crc32(f"{timeframe} {instrument}".encode()))
    close = np.round(100.0 * np.exp(np.cumsum(changes)), 2)
    open_ = np.concatenate([[100.0], close[:-1]])
    spread = np.abs(chance.normal(0, 0.15, size=(2, _BARS))) + 0.01
    newest = _CLOCK_NS // length_ns * length_ns
    return Columns(
        index_ns=newest - (_BARS - np.arange(_BARS, dtype=np.int64)) * length_ns,
        columns={
            "open": open_,
            "high": np.round(np.maximum(open_, close) + spread[0], 2),
            "low": np.round(np.minimum(open_, close) - spread[1], 2),
            "close": close,
            "volume": np.round(1000 * np.exp(chance.normal(0, 0.5, _BARS)) + 1),
        },
    )


def newest_bars(instrument: str | None, timeframe: str | None, bars: int) -> Columns:
    """Return the newest bars; what is None is the context's."""
    table = bars_of(instrument or CONTEXT["instrument"], timeframe or CONTEXT["timeframe"])
    return Columns(
        index_ns=table.index_ns[-bars:],
        columns={name: column[-bars:] for name, column in table.columns.items()},
    )


def answer(request: ReadRequest) -> ReadReply:
    """Answer the reads of an honest script."""
    if isinstance(request, MarketDataRead):
        return newest_bars(request.instrument, request.timeframe, request.bars)
    if isinstance(request, MetricRead):
        if request.name in METRICS:
            return JsonValue(value=METRICS[request.name])
    elif request.script_id == "own-script":
        newest = OUTPUTS[-request.history :] if request.history else OUTPUTS[-1]
        return JsonValue(value=newest)
    raise PermissionError(REFUSAL)
