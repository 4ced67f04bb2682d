"""Encrypt the secrets of producers anew, after a key was put in front of ENCRYPTION_KEYS."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.encryption import Undecryptable
from ingest.models import Producer
from ingest.services.producers import reencrypt_secrets


class Command(BaseCommand):
    help = "Encrypt every producer's secrets with the first of ENCRYPTION_KEYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        done: dict[str, list[str]] = {"reencrypted": [], "current": [], "undecryptable": []}
        for producer in Producer.objects.order_by("producer_id").iterator():
            try:
                outcome = "reencrypted" if reencrypt_secrets(producer) else "current"
            except Undecryptable:
                outcome = "undecryptable"
            done[outcome].append(producer.producer_id)
        lost = done["undecryptable"]
        self.stdout.write(
            json.dumps({"ok": not lost, **done}) if options["json"] else _in_words(done)
        )
        if lost:
            raise CommandError(
                f"No key among ENCRYPTION_KEYS decrypts the secrets of {', '.join(lost)}. Put the "
                "key back with which they were encrypted, or rotate these producers' secrets."
            )


def _in_words(done: dict[str, list[str]]) -> str:
    return "\n".join(f"{outcome}: {', '.join(ids) or 'none'}" for outcome, ids in done.items())
