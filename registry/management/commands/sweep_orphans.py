"""Find, and on request remove, what failed publications left in the object store."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.clock import utc_now
from common.errors import SignalHubError
from registry.services.orphans import Sweep, sweep_orphans
from registry.storage import StoredObject


class Command(BaseCommand):
    help = (
        "List the objects of the store that no row names and that are older than a grace time. "
        "With --remove they are removed; objects whose names are not ours never are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--remove", action="store_true", help="remove them; default: only look")
        parser.add_argument(
            "--older-than",
            type=int,
            default=settings.ORPHAN_GRACE_SECONDS,
            metavar="SECONDS",
            help="leave younger ones alone (default: %(default)s)",
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["older_than"] < 0:
            raise CommandError("--older-than: a number of seconds, 0 or more.")
        try:
            sweep = sweep_orphans(
                older_than=timedelta(seconds=options["older_than"]),
                remove=options["remove"],
                now=utc_now(),
            )
        except SignalHubError as error:
            raise CommandError(error.message) from None
        if options["json"]:
            self.stdout.write(json.dumps(_report(sweep, dry_run=not options["remove"]), indent=1))
            return
        for orphan in sweep.orphans:
            word = "removed" if orphan.key in sweep.removed else "orphan"
            self.stdout.write(f"{word:8} {orphan.key} ({orphan.size_bytes} bytes)")
        for stored in sweep.unrecognised:
            self.stdout.write(f"unknown  {stored.key} ({stored.size_bytes} bytes)")
        self.stdout.write(
            f"{sweep.looked_at} objects, {len(sweep.orphans)} orphans, "
            f"{len(sweep.removed)} removed."
        )


def _report(sweep: Sweep, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "looked_at": sweep.looked_at,
        "orphans": [_row(orphan) for orphan in sweep.orphans],
        "unrecognised": [_row(stored) for stored in sweep.unrecognised],
        "removed": list(sweep.removed),
    }


def _row(stored: StoredObject) -> dict[str, Any]:
    return {
        "key": stored.key,
        "size_bytes": stored.size_bytes,
        "modified_at": stored.modified_at.isoformat(),
    }
