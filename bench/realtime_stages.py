"""The stages between a bar and a frame, one after the other in one process, for a hundred plans."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from django.conf import settings
from django_q.brokers import get_broker

from bench.realtime_run import INSTRUMENT, PLANS, Market
from common.clock import utc_now
from execution.models import Execution
from execution.sandbox.supervisor import Sandbox
from execution.services import runs
from execution.services.answers import answerer_of
from execution.services.limits import allowance_of
from execution.services.realtime import advance_markets
from execution.services.run_words import context_of
from gateway import reads
from registry import queries as registry_queries
from streams import cache
from streams.relay import Relay

SANDBOX_SECONDS = 3.0


class Stages:
    """Each stage as the processes do it, with nothing else in between."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._relay = Relay(cache.connect(settings.REDIS_URL))
        self._milliseconds: dict[str, list[float]] = {}

    def measure(self, rounds: int) -> dict[str, float]:
        """Return the median of what each stage takes for one bar of all plans, in milliseconds."""
        self._relay.carry()  # what the processes left when they were stopped
        self._one_bar()
        self._milliseconds.clear()
        for _ in range(rounds):
            self._one_bar()
        return {name: median(found) for name, found in self._milliseconds.items()}

    def sandbox_alone(self, workers: int) -> float:
        """Return how many runs a second as many sandboxes do that are given only contexts."""
        executions = list(
            Execution.objects.filter(status="completed", plan__isnull=False)
            .select_related("version", "user__tier")
            .order_by("version_id")[: PLANS // 2]
        )
        source = registry_queries.read_source(executions[0].version)
        counts = [0] * workers
        ready = threading.Barrier(workers)

        def run(number: int) -> None:
            with Sandbox() as sandbox:
                _run_batch(sandbox, source, executions)
                ready.wait()
                until = time.monotonic() + SANDBOX_SECONDS
                while time.monotonic() < until:
                    counts[number] += len(_run_batch(sandbox, source, executions))

        threads = [threading.Thread(target=run, args=(number,)) for number in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) / SANDBOX_SECONDS

    def _one_bar(self) -> None:
        with self._timed("recording"):
            self._market.record()
        with self._timed("creating"):
            created = advance_markets([(INSTRUMENT, "1d")], now=utc_now()).created
        assert len(created) == PLANS, len(created)
        get_broker().purge_queue()
        with self._timed("running"):
            done = runs.run_most_urgent(at_most=PLANS)
        assert done == PLANS, done
        with self._timed("relaying"):
            assert self._relay.carry() == PLANS

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._milliseconds.setdefault(name, []).append((time.perf_counter() - started) * 1000)


def _run_batch(sandbox: Sandbox, source: str, executions: list[Execution]) -> list[Any]:
    answers: list[Callable[[Any], Any]] = [
        answerer_of(
            reads.reader_for(
                one.user,
                one.pk,
                instrument_key=one.instrument_key,
                timeframe=one.timeframe,
                as_of=one.as_of,
                upstream={},
                fence=one.fence,
            )
        )
        for one in executions
    ]
    results: list[Any] = sandbox.run_batch(
        source,
        contexts=[context_of(one) for one in executions],
        limits=allowance_of(executions[0].user).limits,
        answer_reads=answers,
    )
    return results
