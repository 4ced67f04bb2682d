"""Run a stand-in for another marketplace, for trying out what consumes one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.marketplace.stand_in import FAULTS, Shop, StandIn


class Command(BaseCommand):
    help = (
        "Answer on 127.0.0.1 as another marketplace would. Start the platform with MARKETPLACE_URL "
        "and MARKETPLACE_API_KEY as printed; POST /_stand_in/fault breaks the next answers: "
        + ", ".join(FAULTS)
        + "."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8765, help="0: any free one")
        parser.add_argument("--api-key", default="stand-in", help="what callers have to send")

    def handle(self, *args: Any, **options: Any) -> None:
        with StandIn(options["port"], Shop(api_key=options["api_key"])) as server:
            self.stdout.write(f"MARKETPLACE_URL={server.url}")
            self.stdout.write(f"MARKETPLACE_API_KEY={options['api_key']}")
            self.stdout.flush()
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                self.stdout.write("stopped")
