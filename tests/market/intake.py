"""Entries of the intake stream, and consumers that take them a step at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import redis
from django.conf import settings

from execution.services.dead_letters import bury_entry
from market.intake_stream import INTAKE_STREAM, IntakeStream
from tests.market.prices import LATER
from tests.market.test_commands import database_url

GOOD = {"instrument": "AAPL", "at": (LATER - timedelta(seconds=30)).isoformat(), "price": "10.5"}

GIVE_UP_SECONDS = 10.0


def consumer(client: redis.Redis, name: str = "one") -> IntakeStream:
    return IntakeStream(client, consumer=name, bury=bury_entry, block_ms=1)


def send(client: Any, **fields: Any) -> None:
    client.xadd(INTAKE_STREAM, fields)


def take(door: IntakeStream) -> int:
    return door.step(clock=lambda: LATER)


def take_when_it_may(door: IntakeStream) -> int:
    """Take a step as soon as the database knows that whoever recorded before is gone."""
    give_up_at = time.monotonic() + GIVE_UP_SECONDS
    while not (taken := take(door)):
        assert time.monotonic() < give_up_at, "nobody gave up the lead"
    return taken


def take_until_empty(door: IntakeStream, client: Any) -> None:
    """Take steps until nothing is left."""
    give_up_at = time.monotonic() + GIVE_UP_SECONDS
    while left(client):
        assert time.monotonic() < give_up_at, f"{left(client)} entries are left"
        take(door)


def left(client: Any) -> int:
    return int(client.xlen(INTAKE_STREAM))


@contextmanager
def running_intake(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command as a process of its own."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_intake"],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": database_url()},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
