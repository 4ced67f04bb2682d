"""What a guest does while it waits, so that its run need not.

A page of memory that a guest writes to for the first time is copied, and Python writes to every
object it looks at. What is done here is copied before the run; it also stays in memory for as long
as the guest waits, so it is what most scripts need and no more.
"""

import numpy as np
import pandas as pd

from execution.sandbox.guest.api import make_api
from execution.sandbox.guest.compiler import compile_script
from execution.sandbox.guest.conversation import Conversation
from execution.sandbox.guest.main import Language, run_once

# Standard output, which nobody reads: /dev/null in the zygote and in its guests.
_NOWHERE = 1
_ROWS = 3
_LIMITS = {
    "frame_bytes": 65536,
    "signals": 9,
    "log_lines": 9,
    "log_line_characters": 200,
    "log_bytes": 999,
    "calls": 9,
}
_SCRIPT = """
import pandas_ta as ta
log("ready")
emit_signal({"value": 1.5})
"""


def prewarm(language: Language) -> None:
    """Run a small script without a supervisor, and make what every table begins with."""
    context = {"timestamp": "2026-01-01T05:00:00+00:00", "params": {}}
    conversation = Conversation(_NOWHERE, dict(_LIMITS))
    scope = language.scope(make_api(conversation, context))
    failure = run_once(compile_script(_SCRIPT), scope, conversation, context)
    if failure is not None:
        raise RuntimeError(f"the prewarming script failed: {failure['error']}")
    opened_at = np.arange(_ROWS, dtype=np.int64).view("datetime64[ns]")
    pd.DatetimeIndex(opened_at, tz="UTC", name="opened_at")


_POOL_BYTES = 16 * 1024
_POOL_HEADER_BYTES = 48
_ALIGNMENT_BYTES = 16
_LARGEST_SMALL_OBJECT_BYTES = 512
_BYTES_OVERHEAD = 33
_HOLES_MAXIMUM = 20_000


def fill_holes() -> list[object]:
    """Return objects that take up the free places between those that there are.

    While they are kept, guests put their own objects side by side in new pages, instead of one by
    one into old pages that each have to be copied first.
    """
    fillers: list[object] = []
    for size in range(_ALIGNMENT_BYTES, _LARGEST_SMALL_OBJECT_BYTES + 1, _ALIGNMENT_BYTES):
        for count in range(_HOLES_MAXIMUM):
            filler = _make_object(size, count)
            fillers.append(filler)
            # The first place of a pool of its own: there were no others left.
            if id(filler) % _POOL_BYTES == _POOL_HEADER_BYTES:
                break
    return fillers


def _make_object(size: int, number: int) -> object:
    if size == _ALIGNMENT_BYTES:
        return object()
    if size == 2 * _ALIGNMENT_BYTES:
        return number + 0.5
    return bytes(size - _BYTES_OVERHEAD)
