"""Asks for one-time runs at a steady rate, and says what was let in and what was turned away.

Run as a program of its own, as whoever floods a platform is no part of it:
``python -m tests.faults.flood VERSION_ID PER_SECOND``. It ends when nobody holds its input open,
and then prints its counts as JSON.
"""

from __future__ import annotations

import json
import select
import sys
import time
from dataclasses import asdict, dataclass

import django

PAUSE_SECONDS = 0.05


@dataclass
class Load:
    """What was offered, let in and turned away, and how many waited at most."""

    offered: int = 0
    let_in: int = 0
    turned_away: int = 0
    deepest: int = 0


def main(version_id: str, per_second: float) -> None:
    """Offer runs of a version until the input ends."""
    django.setup()
    from registry.models import ScriptVersion
    from tests.faults.overload import offer

    version = ScriptVersion.objects.select_related("script__owner").get(pk=version_id)
    load, began = Load(), time.monotonic()
    while not select.select([sys.stdin], [], [], PAUSE_SECONDS)[0]:
        offer(version, load, int((time.monotonic() - began) * per_second) - load.offered)
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
