"""Register a producer from the command line."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from common.clock import utc_now
from common.errors import SignalHubError
from ingest.services.producers import create_producer


class Command(BaseCommand):
    help = "Register a producer in an operator's tenant and print its secret, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("producer_id")
        parser.add_argument("--operator", required=True, help="The user name of who registers it.")
        parser.add_argument("--strict-clock", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        operator = User.objects.filter(username=options["operator"], is_active=True).first()
        if operator is None:
            raise CommandError(f"There is no active user {options['operator']!r}.")
        try:
            producer, secret = create_producer(
                options["producer_id"],
                strict_clock=options["strict_clock"],
                acting_user=operator,
                now=utc_now(),
            )
        except SignalHubError as error:
            raise CommandError(error.message) from None
        self.stdout.write(json.dumps({"id": producer.producer_id, "secret": secret}))
