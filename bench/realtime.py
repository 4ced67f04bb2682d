"""From the close of a bar to a frame on a socket, with a hundred plans on the bar.

The real processes, in a database of their own, beside the same stages one after the other in one
process; and how many runs a second they sustain beside what the sandbox alone does.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import connection

from bench.rows import BenchRow
from bench.servers import database_url

OTHER_REDIS = "/7"  # a database of the same server that nothing else uses
STAGES_GOAL = 1.5
P99_MS = 100.0
SUSTAINED_GOAL = 0.9


def rows() -> list[BenchRow]:
    """Measure in processes of their own, so that this one's database is left as it is."""
    with _own_servers() as environment:
        _run([sys.executable, "manage.py", "migrate", "-v0", "--noinput"], environment)
        measured = json.loads(_run([sys.executable, "-m", "bench.realtime_run"], environment))
    return [
        BenchRow(
            name="bar close to frame, 100 plans, p99 against its stages alone",
            ratio=measured["p99_ms"] / measured["stages_ms"],
            goal=STAGES_GOAL,
            floor=measured["stages_ms"],
            value=measured["p99_ms"],
            unit=_words(measured),
        ),
        BenchRow(
            name="bar close to frame, 100 plans, p99 against its bound",
            ratio=measured["p99_ms"] / P99_MS,
            goal=1.0,
            floor=P99_MS,
            value=measured["p99_ms"],
            unit=f"ms; half of the frames within {measured['p50_ms']:.0f}",
        ),
        BenchRow(
            name="sustained runs a second, against the sandbox alone",
            ratio=measured["sustained"] / measured["sandbox"],
            goal=SUSTAINED_GOAL,
            floor=measured["sandbox"],
            value=measured["sustained"],
            unit="runs a second",
            at_least=True,
        ),
    ]


def _words(measured: Mapping[str, Any]) -> str:
    stages = ", ".join(f"{name} {ms:.0f}" for name, ms in measured["stages"].items())
    return f"ms ({stages})"


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env={**environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


@contextmanager
def _own_servers() -> Iterator[dict[str, str]]:
    name = f"bench_{secrets.token_hex(4)}"
    redis_url = urlsplit(settings.REDIS_URL)._replace(path=OTHER_REDIS).geturl()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield {
            **os.environ,
            "DATABASE_URL": urlsplit(database_url())._replace(path=f"/{name}").geturl(),
            "DATABASE_SCOPE": "platform",
            "REDIS_URL": redis_url,
            "RATE_LIMITS_ENABLED": "false",
        }
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        with redis.Redis.from_url(redis_url) as client:
            client.flushdb()
