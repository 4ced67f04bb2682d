"""Prove every layer of the sandbox on this machine, and say what was found."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from execution.sandbox.supervisor import isolation_report


class Command(BaseCommand):
    """Have a child try what each layer forbids; exit with 1 when a required layer is missing."""

    help = "Prove every layer of the sandbox on this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        report = isolation_report()
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            self._describe(report)
        if not report["ok"]:
            sys.exit(1)

    def _describe(self, report: dict[str, Any]) -> None:
        self.stdout.write(f"profile: {report['profile'] or 'none'}")
        for name, layer in report["layers"].items():
            verdict = "proven" if layer["proven"] else "MISSING"
            need = "required" if layer["required"] else "optional"
            self.stdout.write(f"{verdict:8} {need:9} {name:22} {layer['detail']}")
            if not layer["proven"]:
                self.stdout.write(f"{'':19}how to get it: {layer['remedy']}")
        if report["problem"]:
            self.stdout.write(report["problem"])
        self.stdout.write("scripts may run here" if report["ok"] else "no script runs here")
