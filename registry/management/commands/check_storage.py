"""Prove that the object store does what publishing relies on."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import SignalHubError
from common.ids import uuid7
from registry import storage

CONTENT, OTHER = b"signalhub storage check\n", b"other bytes\n"


class Command(BaseCommand):
    help = (
        "Write, read, list and remove one object of its own; exit 1 when the store fails, or "
        "lets other bytes be written over it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        # Under an owner that nobody is, so that a sweep finds it should this end half-way.
        key = f"{storage.folder_of(0, uuid7(), '0.0.0')}/script.py"
        problem = ""
        try:
            checks = _prove(key)
        except SignalHubError as error:
            checks, problem = {}, error.message
        if options["json"]:
            report = {"ok": bool(checks) and all(checks.values()), "checks": checks}
            self.stdout.write(json.dumps({**report, "problem": problem}, indent=1))
        for name, holds in checks.items() if not options["json"] else ():
            self.stdout.write(f"{'ok     ' if holds else 'MISSING'} {name}")
        broken = [name for name, holds in checks.items() if not holds]
        if problem or broken:
            raise CommandError(problem or f"The store cannot be relied on: {', '.join(broken)}.")


def _prove(key: str) -> dict[str, bool]:
    storage.put_once(key, CONTENT, content_type="text/x-python")
    try:
        return {
            "reads what was written": storage.fetch(key) == CONTENT,
            "refuses to write over it": _refuses_other_bytes(key),
            "lists it": [found.key for found in storage.objects_under(key)] == [key],
            "signs addresses": storage.presign(key, seconds=1).startswith("http"),
        }
    finally:
        storage.delete(key)


def _refuses_other_bytes(key: str) -> bool:
    try:
        storage.put_once(key, OTHER, content_type="text/x-python")
    except storage.AlreadyStored:
        return True
    return False
