"""Run script files in the sandbox, without anything of the platform around them."""

import json
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand

from execution.management.script_files import script_files
from execution.sandbox.limits import MEBIBYTE, SandboxLimits
from execution.sandbox.reads import Columns, MarketDataRead, ReadReply, ReadRequest
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox, configuration

CLOCK = "2026-01-01T12:00:00+00:00"
_CLOCK_NS = 1_767_268_800_000_000_000
_MINUTE_NS = 60_000_000_000


def sample_bars(count: int) -> Columns:
    """Return one-minute bars of a wave, the newest of which closed at the clock."""
    position = np.arange(count, dtype=np.float64)
    close = 100.0 + 5.0 * np.sin(position / 9.0) + position / 100.0
    return Columns(
        index_ns=_CLOCK_NS - (count - np.arange(count, dtype=np.int64)) * _MINUTE_NS,
        columns={
            "open": close - 0.1,
            "high": close + 0.5,
            "low": close - 0.5,
            "close": close,
            "volume": 1000.0 + 10.0 * (position % 7),
        },
    )


def answer_from_samples(request: ReadRequest) -> ReadReply:
    """Answer market data with the wave; nothing else is available to a script here."""
    if isinstance(request, MarketDataRead):
        return sample_bars(request.bars)
    raise PermissionError("this read is not available to the script")


def _describe(path: Path, result: SandboxResult) -> dict[str, Any]:
    usage = result.usage
    return {
        "path": str(path),
        "status": result.status,
        "line": result.error.line if result.error else None,
        "error": f"{result.error.type}: {result.error.message}" if result.error else None,
        "outputs": result.outputs,
        "signals": result.outputs[: result.signals],
        "log": result.log,
        "plots": [vars(plot) for plot in result.plots],
        "cpu_ms": round(usage.cpu_ms, 3),
        "wall_ms": round(usage.duration_ms, 3),
        "max_rss_kb": round(usage.memory_mb * 1024),
    }


class Command(BaseCommand):
    """Print one JSON line for each script: how it ended, what it said and what it used."""

    help = "Run script files in the sandbox and print one JSON line for each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a script or a folder of them")
        parser.add_argument(
            "--without-language-layer",
            action="store_true",
            help="let scripts use all of Python, so that only the kernel's walls are tested",
        )
        parser.add_argument("--timeout", type=float, metavar="S", help="wall and CPU seconds")
        parser.add_argument("--memory-mb", type=int, metavar="N", help="memory in MiB")
        parser.add_argument(
            "--json", action="store_true", help="JSON lines, which it prints anyway"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        limits = SandboxLimits()
        if seconds := options["timeout"]:
            limits = replace(limits, wall_seconds=seconds, cpu_seconds=seconds)
        if mebibytes := options["memory_mb"]:
            limits = replace(limits, memory_bytes=mebibytes * MEBIBYTE)
        language_layer = not options["without_language_layer"]
        config = replace(configuration(), pool_size=0, language_layer=language_layer)
        with Sandbox(config) as sandbox:
            for path in script_files(options["paths"]):
                result = sandbox.run(
                    path.read_text(encoding="utf-8", errors="replace"),
                    context=self._context(),
                    limits=limits,
                    answer_read=answer_from_samples,
                )
                self.stdout.write(json.dumps(_describe(path, result)))

    def _context(self) -> dict[str, Any]:
        return {
            "instrument": "NIFTY50",
            "instrument_key": "NIFTY50",
            "timeframe": "1m",
            "params": {},
            "timestamp": CLOCK,
            "user_id": "nobody",
        }
