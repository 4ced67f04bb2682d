"""Run the benchmarks: each prints a ratio against a floor or peer measured in the same run."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bench.rows import BenchRow

HELPERS = ("__init__", "realtime_run", "realtime_stages", "rows", "servers", "socket_readers")
BENCHES = tuple(
    sorted(
        path.stem
        for path in (Path(settings.BASE_DIR) / "bench").glob("*.py")
        if path.stem not in HELPERS
    )
)


class Command(BaseCommand):
    help = (
        "Measure the hot paths, each against its floor or peer in the same run. "
        "1 when a goal is missed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = set(options["names"]) - set(BENCHES)
        if unknown:
            raise CommandError(
                f"No benchmark {', '.join(unknown)}; there are {', '.join(BENCHES)}."
            )
        rows: list[BenchRow] = []
        for name in options["names"] or BENCHES:
            rows.extend(importlib.import_module(f"bench.{name}").rows())
        if options["json"]:
            told = [{**asdict(row), "ok": row.ok} for row in rows]
            self.stdout.write(json.dumps(told, indent=1))
        else:
            for row in rows:
                self.stdout.write(_line(row))
        if not all(row.ok for row in rows):
            sys.exit(1)


def _line(row: BenchRow) -> str:
    verdict = "ok" if row.ok else "MISSED"
    sign = "≥" if row.at_least else "≤"
    return (
        f"{verdict:7}{row.name:55} {row.ratio:8.2f}x  goal {sign} {row.goal:g}x  "
        f"{row.value:.2f} against {row.floor:.2f} {row.unit}"
    )
