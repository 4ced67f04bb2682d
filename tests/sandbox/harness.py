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
from tests.sandbox.storable import is_storable

WORD = "PLUNDER"
LIMITS = SandboxLimits(
    wall_seconds=1.0, cpu_seconds=1.0, memory_bytes=96 * MEBIBYTE, output_bytes=MEBIBYTE
)
CLOCK = "2026-01-01T12:00:00+00:00"
FIRST_BAR_NS = 1_767_225_600_000_000_000
MINUTE_NS = 60_000_000_000
CLOCK_NS = FIRST_BAR_NS + 12 * 60 * MINUTE_NS


def wave(bars: int) -> Columns:
    """Return bars of a sine wave, all of which have closed at the clock."""
    position = np.arange(bars, dtype=np.float64)
    first = min(FIRST_BAR_NS, CLOCK_NS - bars * MINUTE_NS)
    close = 100 + np.sin(position / 9.0)
    return Columns(
        index_ns=first + np.arange(bars) * MINUTE_NS,
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
    if not _is_plain(request):
        return JsonValue(value=f"{WORD}-UNCLEAN")
    if isinstance(request, MarketDataRead):
        return wave(request.bars)
    own = {"ada.pnl": 7.0, "own-script": {"value": 1.5, "timestamp": CLOCK, "metadata": {}}}
    others = {"mallory.pnl": f"{WORD}-TENANT", "foreign-script": f"{WORD}-TENANT"}
    wanted = request.name if isinstance(request, MetricRead) else request.script_id
    if wanted in others or wanted not in own:
        raise PermissionError("this read is not available to the script")
    return JsonValue(value=own[wanted])


def _is_plain(request: ReadRequest) -> bool:
    """Return whether a request holds nothing that a database would stumble over."""
    given = [value for value in vars(request).values() if value is not None]
    texts = [value for value in given if type(value) is str]
    return all(type(value) in (str, int) for value in given) and all(map(is_storable, texts))
