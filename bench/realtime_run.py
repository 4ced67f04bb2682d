"""What the benchmark of the realtime path does in a process of its own; it prints JSON."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from statistics import median, quantiles
from typing import Any

import django
from django.db.models import Sum

PLANS = 100
BARS = 30
WARM_UP_BARS = 5
STAGE_ROUNDS = 10
BACKLOG_BARS = 15
INSTRUMENT = "IBM"
PATIENCE_SECONDS = 60.0
WORKERS = 2


def main() -> None:
    """Seed, measure the processes, then the stages without them, and print both."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalhub.settings.base")
    django.setup()
    with contextlib.redirect_stdout(sys.stderr):
        measured = measure()
    print(json.dumps(measured))


def measure() -> dict[str, Any]:
    """Return the figures of the whole path and of its stages."""
    from bench.realtime_stages import Stages

    market = Market()
    market.seed()
    with ExitStack() as stack:
        port = stack.enter_context(_processes())
        socket = stack.enter_context(_following(port, market))
        arrivals = [market.close_bar(socket) for _ in range(WARM_UP_BARS + BARS)][WARM_UP_BARS:]
        sustained = market.sustain(BACKLOG_BARS)
    late = [seconds * 1000 for one in arrivals for seconds in one]
    stages = Stages(market)
    alone = stages.measure(STAGE_ROUNDS)
    return {
        "p50_ms": median(late),
        "p99_ms": quantiles(late, n=100)[98],
        "stages": alone,
        "stages_ms": sum(alone.values()),
        "sustained": sustained,
        "sandbox": stages.sandbox_alone(WORKERS),
    }


@dataclass
class Market:
    """One instrument with a hundred plans, whose bars close when told to."""

    token: str = ""
    keys: list[str] = field(default_factory=list)

    def seed(self) -> None:
        """Make people, two scripts and subscriptions to each with fifty different params."""
        from django.core.management import call_command

        from accounts.models import Tier
        from common.clock import utc_now
        from execution.services.requests import RunRequest
        from execution.services.subscriptions import subscribe
        from signalhub.demo import cast, scripts

        call_command("load_prices", verbosity=0, stdout=StringIO())
        people = cast.cast_everyone()
        made = scripts.publish_examples(author=people["author"], reviewer=people["reviewer"])
        subscriber = people["subscriber"]
        subscriber.tier = Tier.objects.get(pk="enterprise")
        subscriber.save(update_fields=["tier"])
        scripts.entitle(subscriber, made, granted_by=people["author"])
        for name in ("Relative strength index", "Volatility breakout"):
            for number in range(PLANS // 2):
                request = RunRequest(instrument_key=INSTRUMENT, params={"period": 5 + number})
                _, stream = subscribe(made[name], request, acting_user=subscriber, now=utc_now())
                self.keys.append(stream.key)
        self.token = cast.token_of(subscriber)

    def close_bar(self, socket: Any) -> list[float]:
        """Record a bar; return after how many seconds each of its frames was there.

        Frames of other bars are none of its own: what was still under way is not taken for it.
        """
        started = time.perf_counter()
        opened_at = self.record().isoformat()
        arrivals: dict[str, float] = {}
        while len(arrivals) < PLANS:
            frame = json.loads(socket.recv(timeout=PATIENCE_SECONDS))
            if frame["type"] == "data" and frame["bar_opened_at"] == opened_at:
                arrivals[frame["stream_key"]] = time.perf_counter() - started
        return list(arrivals.values())

    def record(self, bars: int = 1) -> datetime:
        """Record the next bars of the instrument; return when the last of them opened."""
        from common.clock import utc_now
        from market.bars import NewBar
        from market.queries import latest_bar
        from market.services.bars import record_bars

        newest = latest_bar(INSTRUMENT, "1d")
        assert newest is not None
        close = newest.close * 1.001
        new = [
            NewBar(
                instrument_key=INSTRUMENT,
                timeframe="1d",
                opened_at=newest.opened_at + timedelta(days=number + 1),
                open=close,
                high=close + 1,
                low=close - 1,
                close=close,
                volume=1e6,
            )
            for number in range(bars)
        ]
        record_bars(new, now=utc_now())
        return new[-1].opened_at

    def sustain(self, bars: int) -> float:
        """Record many bars at once; return how many runs a second they took."""
        before = self._outputs()
        started = time.perf_counter()
        self.record(bars)
        _wait_until(lambda: self._outputs() - before >= bars * PLANS)
        return bars * PLANS / (time.perf_counter() - started)

    def _outputs(self) -> int:
        # By the streams' numbers, of which there are few: to count the runs themselves again and
        # again would take a good part of the machine that is measured.
        from streams.models import Stream

        return int(Stream.objects.aggregate(total=Sum("seq"))["total"])


@contextmanager
def _following(port: int, market: Market) -> Iterator[Any]:
    from websockets.sync.client import connect

    with connect(f"ws://127.0.0.1:{port}/ws/", max_queue=None) as socket:
        socket.send(json.dumps({"type": "hello", "token": market.token}))
        socket.send(json.dumps({"type": "subscribe", "stream_keys": market.keys}))
        heard_of: set[str] = set()
        # The bar there is when a plan begins is run for as well.
        while len(heard_of) < PLANS:
            frame = json.loads(socket.recv(timeout=PATIENCE_SECONDS))
            if frame["type"] == "subscription_denied":
                raise AssertionError(frame)
            if frame["type"] in ("data", "snapshot"):
                heard_of.add(frame["stream_key"])
        yield socket


@contextmanager
def _processes() -> Iterator[int]:
    from bench.servers import free_port

    port = free_port()
    live = (sys.executable, "-m", "signalhub.serving", "live", "--port", str(port))
    commands: list[tuple[str, ...]] = [(*live, "--log-level", "warning")]
    commands += [
        (sys.executable, "manage.py", f"run_{name}") for name in ("worker", "realtime", "relay")
    ]
    environment = {**os.environ, "WORKERS": str(WORKERS)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen(command, env=environment, **quiet) for command in commands]  # type: ignore[call-overload]
    try:
        _wait_until(lambda: _answers(port))
        yield port
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            process.wait()


def _answers(port: int) -> bool:
    import httpx

    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
    except httpx.TransportError:
        return False


def _wait_until(is_true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        if time.monotonic() > until:
            raise AssertionError("The benchmark's processes did not come to an end in time.")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
