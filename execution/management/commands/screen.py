"""Screen script files: say what is suspicious about them without running them."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from execution.management.script_files import script_files
from execution.sandbox.layers import SandboxUnavailable
from execution.sandbox.screening import worst_level
from execution.sandbox.supervisor import Sandbox


class Command(BaseCommand):
    """Print one JSON line for each script: its path and what was found in it, worst first."""

    help = "Screen script files and print one JSON line for each; 1 when one would be rejected."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a script or a folder of them")

    def handle(self, *args: Any, **options: Any) -> None:
        rejected = False
        try:
            with Sandbox() as sandbox:
                for path in script_files(options["paths"]):
                    findings = sandbox.screen(path.read_text(encoding="utf-8", errors="replace"))
                    rejected |= worst_level(findings) == "rejected"
                    said = {"path": str(path), "findings": [asdict(each) for each in findings]}
                    self.stdout.write(json.dumps(said))
        except SandboxUnavailable as fault:
            raise CommandError(str(fault), returncode=2) from fault
        if rejected:
            sys.exit(1)
