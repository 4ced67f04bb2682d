"""Prove or disprove of script files that they look ahead."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from common.clock import utc_now
from execution.lookahead.check import check, describe, line_that_looks_ahead, reason_of
from execution.lookahead.worlds import DAILY, worlds_of_files
from execution.management.script_files import script_files
from execution.sandbox.layers import SandboxUnavailable
from execution.sandbox.supervisor import Sandbox, configuration
from execution.services.prices import Prices, bundled_prices, recorded_prices

SECONDS = 1.5


def _prices(only: str | None) -> Prices:
    try:
        prices = recorded_prices(DAILY, user=None, as_of=utc_now(), only=only)
    except DatabaseError:
        prices = Prices(instruments=(), load=bundled_prices().load)
    if not prices.instruments:
        prices = bundled_prices(only=only)
    if not prices.instruments:
        raise CommandError(f"{only} has no daily history to try a script on", returncode=2)
    return prices


class Command(BaseCommand):
    """Print one JSON line for each script: whether it looks ahead, and the first difference."""

    help = (
        "Run script files on full, cut and changed histories, and print one JSON line for each. "
        "1 when one looks ahead or could not be decided."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a script or a folder of them")
        parser.add_argument("--instrument", metavar="I", help="only this instrument's history")
        parser.add_argument("--params", type=json.loads, default={}, metavar="JSON")
        parser.add_argument(
            "--seconds", type=float, default=SECONDS, metavar="S", help="of processor time a script"
        )
        parser.add_argument(
            "--json", action="store_true", help="JSON lines, which it prints anyway"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        prices = _prices(options["instrument"])
        all_clean = True
        try:
            with Sandbox(configuration()) as sandbox:
                for path in script_files(options["paths"]):
                    source = path.read_text(encoding="utf-8", errors="replace")
                    said = examine(source, sandbox, prices, options["params"], options["seconds"])
                    all_clean &= said["looks_ahead"] is False
                    self.stdout.write(json.dumps({"path": str(path), **said}))
                    self.stdout.flush()
        except SandboxUnavailable as fault:
            raise CommandError(str(fault), returncode=2) from fault
        if not all_clean:
            sys.exit(1)


def examine(
    source: str, sandbox: Sandbox, prices: Prices, params: dict[str, Any], seconds: float
) -> dict[str, Any]:
    """Return what a line of the report says about a script."""
    worlds = worlds_of_files(prices.instruments, prices.load, params=params)
    proof = check(source, sandbox, worlds, seconds=seconds)
    looks_ahead = {"looks_ahead": True, "clean": False}.get(proof.verdict)
    first = None
    if proof.counter_example is not None:
        told = describe(proof.counter_example)
        first = {**told, "truncated": told.pop("changed")}
        first["line"] = line_that_looks_ahead(source, sandbox)
    return {
        "looks_ahead": looks_ahead,
        "first_difference": first,
        "verdict": proof.verdict,
        "reason": reason_of(proof),
        "error": proof.problems[0] if proof.problems and not proof.worlds else None,
        "compared_values": proof.compared,
        "runs": proof.runs,
    }
