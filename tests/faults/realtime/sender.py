"""Records a run's ticks, as far as it is told to, and tries again what a fault interrupted.

Run as a program of its own: ``python -m tests.faults.realtime.sender TICKS SEED``. Each line it
reads says how many of the ticks it may record; each it prints, how many it has recorded, and when
it began to record the last of them and ended.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

import django

from market.ticks import NewTick
from tests.faults.realtime.ticks import make_ticks

AT_ONCE = 10
AGAIN_SECONDS = 0.1


def main(count: int, seed: int) -> None:
    """Record the ticks until there are no more or nobody says to go on."""
    os.environ["DATABASE_SCOPE"] = "platform"
    django.setup()
    ticks, _ = make_ticks(count, seed=seed)
    sent = 0
    for line in sys.stdin:
        released = min(int(line), len(ticks))
        while sent < released:
            chunk = ticks[sent : min(sent + AT_ONCE, released)]
            began_at = time.monotonic()
            _record(chunk)
            sent += len(chunk)
            print(sent, began_at, time.monotonic(), flush=True)


def _record(ticks: Sequence[NewTick]) -> None:
    from django.db import DatabaseError, connection

    from common.clock import utc_now
    from market.services.ticks import record_ticks

    while True:
        try:
            record_ticks(ticks, now=utc_now())
        except DatabaseError:
            connection.close()
            time.sleep(AGAIN_SECONDS)
        else:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
