"""Load the instruments and the history of the recording that comes with the project."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.clock import utc_now
from common.errors import SignalHubError
from market import us_equities
from market.services.history import load_history, load_instruments


class Command(BaseCommand):
    help = (
        "Load daily prices of five American shares, 2000 to 2013, from the recording in the "
        "repository. Loading again adds only what is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until",
            type=date.fromisoformat,
            default=us_equities.REPLAY_STARTS_AT.date(),
            help="Load the sessions before this date; the rest is for run_feed. "
            "Default: %(default)s.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        until = datetime.combine(options["until"], time(), UTC)
        now = utc_now()
        try:
            instruments = load_instruments(now=now)
            bars = load_history(
                us_equities.recording(), until=until, now=now, on_progress=self._show
            )
        except SignalHubError as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            f"Loaded {instruments} new instruments and {bars:,} new bars before {until.date()}."
        )

    def _show(self, done: int, total: int) -> None:
        self.stdout.write(f"  {done:,} of {total:,} bars")
