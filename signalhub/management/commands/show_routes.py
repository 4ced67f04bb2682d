"""Every address of the platform, and who may use it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from signalhub.routes import NoPolicy, routes


class Command(BaseCommand):
    help = "List every route: method, path, name and policy; fail when one has no policy."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            listed = [route.as_json() for route in routes()]
        except NoPolicy as problem:
            raise CommandError(str(problem)) from None
        if options["json"]:
            self.stdout.write(json.dumps(listed, indent=1))
            return
        for route in listed:
            self.stdout.write("{method:7} {path:80} {policy}".format(**route))
