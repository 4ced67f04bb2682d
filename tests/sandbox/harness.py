"""What scripts of the tests run with: the limits, the clock and the reads of ada."""

import numpy as np

from execution.sandbox.limits import MEBIBYTE, SandboxLimits
from execution.sandbox.reads import (
    Columns,
    JsonValue,
    MarketDataRead,
    MetricRead,
    ReadReply,
    ReadRequest,
)

WORD = "PLUNDER"
LIMITS = SandboxLimits(
    wall_seconds=1.0, cpu_seconds=1.0, memory_bytes=96 * MEBIBYTE, output_bytes=MEBIBYTE
)
CLOCK = "2026-01-01T12:00:00+00:00"
FIRST_BAR_NS = 1_767_225_600_000_000_000
MINUTE_NS = 60_000_000_000


def wave(bars: int) -> Columns:
    """Return bars of a sine wave."""
    position = np.arange(bars, dtype=np.float64)
    close = 100 + np.sin(position / 9.0)
    return Columns(
        index_ns=FIRST_BAR_NS + np.arange(bars) * MINUTE_NS,
        columns={
            "open": close - 0.1,
            "high": close + 1.0,
            "low": close - 1.0,
            "close": close,
            "volume": position + 1.0,
        },
    )


def answer_as_ada(request: ReadRequest) -> ReadReply:
    """Answer reads for ada: her own metric and script, nobody else's."""
    if isinstance(request, MarketDataRead):
        return wave(request.bars)
    own = {"ada.pnl": 7.0, "own-script": {"value": 1.5, "timestamp": CLOCK, "metadata": {}}}
    others = {"mallory.pnl": f"{WORD}-TENANT", "foreign-script": f"{WORD}-TENANT"}
    wanted = request.name if isinstance(request, MetricRead) else request.script_id
    if wanted in others or wanted not in own:
        raise PermissionError("this read is not available to the script")
    return JsonValue(value=own[wanted])
