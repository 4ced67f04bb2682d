from __future__ import annotations

import signal
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand

from gateway.public_streams_process import run_public_streams
from ingest.publisher import run_publisher
from streams.relay_process import run_relay


class Command(BaseCommand):
    help = (
        "Publish accepted signals and followed prices, and carry committed outputs to Redis, "
        "until SIGTERM or Ctrl-C."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sides = [_Side(run_publisher, stop), _Side(run_public_streams, stop)]
        for side in sides:
            side.start()
        try:
            run_relay(stop)
        finally:
            stop.set()
            for side in sides:
                side.join()
        for side in sides:
            if side.error is not None:
                raise side.error


class _Side(Thread):
    """Another thing that the process does; it ends with it, and ends it with its own error."""

    def __init__(self, work: Callable[[Event], None], stop: Event) -> None:
        super().__init__(name=work.__name__)
        self._work = work
        self._stop_all = stop
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._work(self._stop_all)
        except BaseException as error:
            self.error = error
            raise
        finally:
            self._stop_all.set()
