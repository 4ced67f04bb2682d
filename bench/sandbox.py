"""What isolation costs: sandboxed runs beside the cheapest thing that could be done instead."""

import statistics
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.rows import BenchRow
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.reads import Columns, ReadReply, ReadRequest
from execution.sandbox.supervisor import Sandbox, SandboxConfig

TRIVIAL = "result = 1 + 1"
RSI = """
import pandas_ta as ta
data = get_market_data(bars=500)
rsi = ta.rsi(data["close"], length=14)
emit_signal({"name": "rsi", "value": float(rsi.iloc[-1])})
"""
BARS = 500
BATCH = 50
# Between runs a pool fills up again, and a machine that only does this falls asleep; so do both
# sides of every comparison that uses it.
_PAUSE_SECONDS = 0.05
LIMITS = SandboxLimits()
_CONTEXT = {"timestamp": "2026-01-01T12:00:00+00:00", "timeframe": "1m", "instrument": "NIFTY50"}


def _columns() -> Columns:
    close = 100 + np.sin(np.arange(BARS) / 9.0)
    names = ("open", "high", "low", "close", "volume")
    return Columns(
        index_ns=np.arange(BARS, dtype=np.int64) * 60_000_000_000,
        columns=dict.fromkeys(names, close),
    )


_COLUMNS = _columns()


def _answer(_: ReadRequest) -> ReadReply:
    return _COLUMNS


def _context() -> dict[str, Any]:
    return {**_CONTEXT, "params": {}}


def _milliseconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


class _ThreadRunner:
    """The same script in a thread of this process: the same language, and no isolation at all."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from execution.sandbox.guest import api, compiler, conversation
            from execution.sandbox.guest import main as guest
        self._guest, self._api, self._compiler = guest, api, compiler
        self._speaking = conversation
        self._language = guest.Language()
        self._nowhere = open("/dev/null", "wb")  # noqa: SIM115

    def run(self, source: str) -> None:
        thread = threading.Thread(target=self._run_here, args=(source,))
        thread.start()
        thread.join()

    def _run_here(self, source: str) -> None:
        limits = {**LIMITS.for_guest()}
        conversation = self._speaking.Conversation(self._nowhere.fileno(), limits)
        context = _context()
        api = self._api.make_api(conversation, context)
        api["get_market_data"] = self._get_market_data
        scope = self._language.scope(api)
        code = self._compiler.compile_script(source)
        failure = self._guest.run_once(code, scope, conversation, context)
        if failure is not None:
            raise RuntimeError(failure["error"]["message"])

    def _get_market_data(self, bars: int = BARS) -> Any:
        import pandas as pd

        index = pd.DatetimeIndex(_COLUMNS.index_ns.view("datetime64[ns]"), tz="UTC")
        return pd.DataFrame(dict(_COLUMNS.columns), index=index)

    def close(self) -> None:
        self._nowhere.close()


def run_once(sandbox: Sandbox, source: str) -> tuple[float, float]:
    """Run a script; return how many milliseconds it took, and how many until its result."""
    result = sandbox.run(source, context=_context(), limits=LIMITS, answer_read=_answer)
    if result.status != "ok":
        raise RuntimeError(f"{result.status}: {result.error}")
    return result.usage.duration_ms, result.usage.result_ms


def _trivial_row() -> BenchRow:
    with Sandbox() as sandbox:
        run_once(sandbox, TRIVIAL)
        floors: list[float] = []
        values: list[float] = []
        for _ in range(20):
            floors += sandbox.zygote.measure_fork(5)
            values += [run_once(sandbox, TRIVIAL)[0] for _ in range(5)]
    floor, value = statistics.median(floors), statistics.median(values)
    return _row("sandbox_trivial", value=value, floor=floor, goal=2.0)


def _row(name: str, *, value: float, floor: float, goal: float) -> BenchRow:
    return BenchRow(name=name, ratio=value / floor, goal=goal, floor=floor, value=value, unit="ms")


def _pooled_beside_thread(runner: _ThreadRunner) -> tuple[float, float]:
    values: list[float] = []
    floors: list[float] = []
    with Sandbox(SandboxConfig(pool_size=1)) as sandbox:
        run_once(sandbox, RSI)
        for _ in range(40):
            time.sleep(_PAUSE_SECONDS)
            values.append(run_once(sandbox, RSI)[1])
            time.sleep(_PAUSE_SECONDS)
            floors.append(_milliseconds(lambda: runner.run(RSI)))
    return statistics.median(values), statistics.median(floors)


def _batch_beside_thread(runner: _ThreadRunner) -> tuple[float, float]:
    values: list[float] = []
    floors: list[float] = []
    contexts = [_context() for _ in range(BATCH)]
    with Sandbox() as sandbox:

        def run_batch() -> None:
            results = sandbox.run_batch(
                RSI, contexts=contexts, limits=LIMITS, answer_reads=[_answer] * BATCH
            )
            if any(result.status != "ok" for result in results):
                raise RuntimeError("a context of the batch failed")

        for _ in range(8):
            values.append(_milliseconds(run_batch) / BATCH)
            floors += [_milliseconds(lambda: runner.run(RSI)) for _ in range(BATCH)]
    return statistics.median(values), statistics.median(floors)


def _import_pandas() -> None:
    subprocess.run([sys.executable, "-c", "import pandas"], check=True)


def rows() -> list[BenchRow]:
    """Return every comparison of sandboxed runs with their floors and peers."""
    runner = _ThreadRunner()
    try:
        runner.run(RSI)
        pooled, rested = _pooled_beside_thread(runner)
        batch, busy = _batch_beside_thread(runner)
    finally:
        runner.close()
    cold = statistics.median(_milliseconds(_import_pandas) for _ in range(5))
    return [
        _trivial_row(),
        _row("sandbox_rsi_pooled_result_in_hand", value=pooled, floor=rested, goal=2.5),
        BenchRow(
            name="sandbox_rsi_pooled_against_cold_python",
            ratio=cold / pooled,
            goal=50.0,
            floor=cold,
            value=pooled,
            unit="ms",
            at_least=True,
        ),
        _row("sandbox_batch_of_50_per_context", value=batch, floor=busy, goal=1.3),
    ]
