"""Bring the personal aliases up to date that a crash or a fault of the store left behind."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import Unavailable
from registry.services.aliases import aliases_behind, write_alias


class Command(BaseCommand):
    help = "Write every personal alias that is not of the version that runs; exit 1 if one fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        repaired: dict[str, str | None] = {}
        failed: dict[str, str] = {}
        for script in aliases_behind():
            try:
                version = write_alias(script.pk)
                repaired[str(script.pk)] = version.version if version else None
            except Unavailable as error:
                failed[str(script.pk)] = error.message
        if options["json"]:
            self.stdout.write(json.dumps({"repaired": repaired, "failed": failed}, indent=1))
        else:
            self.stdout.write(f"{len(repaired)} aliases written, {len(failed)} failed.")
        if failed:
            raise CommandError("; ".join(sorted(set(failed.values()))))
