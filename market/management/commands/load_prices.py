"""Load the instruments and the history of the recording that comes with the project."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, date, datetime, time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.clock import utc_now
from common.errors import SignalHubError
from market import us_equities
from market.services.history import load_history, load_instruments
from market.services.replay import prepare_us_equities


class Command(BaseCommand):
    help = (
        "Load daily prices of five American shares, 2000 to 2013, from the recording in the "
        "repository, and prepare the replay of the rest. Loading again adds only what is missing."
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
        show = self._show if options["verbosity"] > 0 else lambda done, total: None
        try:
            instruments = load_instruments(now=now)
            bars = load_history(us_equities.recording(), until=until, now=now, on_progress=show)
            feed = prepare_us_equities(
                starts_at=until,
                bars_per_second=settings.DEMO_PACE_BARS_PER_SECOND,
                acting_user=None,
                now=now,
            )
        except SignalHubError as error:
            raise CommandError(error.message) from error
        if options["verbosity"] > 0:
            self.stdout.write(
                f"{instruments} new instruments, {bars:,} new bars before {until.date()}; "
                f"the replay stands at {feed.progress}."
            )

    def _show(self, done: int, total: int) -> None:
        self.stdout.write(f"  {done:,} of {total:,} bars")
