"""Replay recorded prices as a feed, or make prices up, until told to stop."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.clock import utc_now
from common.errors import SignalHubError
from common.stopping import StopRequest
from market.feed_process import FeedProcess
from market.feeds.simulated import Dirt, SimulatedFeed
from market.services.replay import DEFAULT_NAME
from market.simulated_process import SimulatedProcess


class Command(BaseCommand):
    help = (
        "Replay the recorded prices from where they stand, at the pace that the replay has in the "
        "admin. The replay is prepared on first use. With --simulated, make prices up instead, for "
        "instruments that are marked as simulated. SIGTERM ends it after the current session."
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

        simulated = parser.add_argument_group("made-up prices")
        simulated.add_argument(
            "--simulated",
            nargs="+",
            metavar="INSTRUMENT",
            help="Make prices of these instruments up; one that is not there is made.",
        )
        simulated.add_argument(
            "--seed", type=int, default=1, help="The same seed, the same prices. Default: 1."
        )
        simulated.add_argument(
            "--ticks-per-second",
            type=rate,
            default=2.0,
            help="Of each instrument, 0.01 to 1000. Default: %(default)s.",
        )
        for name, what in (
            ("duplicates", "come twice"),
            ("swaps", "change places with the next"),
            ("gaps", "are left out"),
        ):
            simulated.add_argument(
                f"--{name}",
                type=share,
                default=0.0,
                help=f"The share of ticks, 0 to 1, that {what}. Default: none.",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = StopRequest()
        stopping.listen()
        try:
            if options["simulated"]:
                SimulatedProcess(_simulated(options), stopping=stopping).run()
            else:
                process = FeedProcess(options["name"], pace=options["pace"], stopping=stopping)
                process.run(until_finished=options["until_finished"])
        except SignalHubError as error:
            raise CommandError(error.message) from error


def rate(text: str) -> float:
    """Read a number of ticks a second."""
    return _within(text, 0.01, 1000.0)


def share(text: str) -> float:
    """Read a share of all."""
    return _within(text, 0.0, 1.0)


def _within(text: str, lowest: float, highest: float) -> float:
    number = float(text)
    if not lowest <= number <= highest:
        raise ArgumentTypeError(f"{text} is not from {lowest:g} to {highest:g}")
    return number


def _simulated(options: dict[str, Any]) -> SimulatedFeed:
    return SimulatedFeed(
        instrument_keys=tuple(options["simulated"]),
        seed=options["seed"],
        started_at=utc_now(),
        ticks_per_second=options["ticks_per_second"],
        dirt=Dirt(duplicates=options["duplicates"], swaps=options["swaps"], gaps=options["gaps"]),
    )
