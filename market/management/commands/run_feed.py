"""Replay recorded prices as a feed, until told to stop."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.errors import SignalHubError
from common.stopping import StopRequest
from market.feed_process import FeedProcess
from market.services.replay import DEFAULT_NAME


class Command(BaseCommand):
    help = (
        "Replay the recorded prices from where they stand, at the pace that the replay has in the "
        "admin. The replay is prepared on first use. SIGTERM ends it after the current session."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", default=DEFAULT_NAME, help="Default: %(default)s.")
        parser.add_argument(
            "--pace",
            type=float,
            default=settings.DEMO_PACE_BARS_PER_SECOND,
            help="Sessions a second of a replay that is prepared now. Default: %(default)s.",
        )
        parser.add_argument(
            "--until-finished",
            action="store_true",
            help="End at the end of the recording instead of waiting there.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = StopRequest()
        stopping.listen()
        process = FeedProcess(options["name"], pace=options["pace"], stopping=stopping)
        try:
            process.run(until_finished=options["until_finished"])
        except SignalHubError as error:
            raise CommandError(error.message) from error
