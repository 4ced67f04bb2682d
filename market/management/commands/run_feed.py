"""Replay recorded prices as a feed, or make prices up, until told to stop."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.text import slugify

from common.clock import utc_now
from common.errors import SignalHubError
from common.stopping import StopRequest
from market.feed_process import FeedProcess
from market.feeds.simulated import Dirt, SimulatedFeed
from market.replay_sources import FileRecording, OwnRecording, Source
from market.services.replay import DEFAULT_NAME
from market.simulated_process import SimulatedProcess

LONGEST_NAME = 60


class Command(BaseCommand):
    help = (
        "Replay recorded prices from where they stand, at the pace that the replay has in the "
        "admin: the recording that comes with SignalHub, or a file of your own. The replay is "
        "prepared on first use. With --simulated, make prices up instead, for instruments that are "
        "marked as simulated. SIGTERM ends it after the current session."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--name", help=f"Of the replay. Default: {DEFAULT_NAME}, or of a file its own name."
        )
        parser.add_argument(
            "--recording",
            type=Path,
            metavar="FILE",
            help="Bars of one timeframe, CSV or Parquet, in the form in which bars are uploaded.",
        )
        parser.add_argument(
            "--starts-at",
            type=instant,
            metavar="INSTANT",
            help="Load what a file has before this as history, such as 2026-01-05T14:30:00Z. "
            "Default: nothing.",
        )
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
                process = FeedProcess(_name(options), source=_source(options), stopping=stopping)
                process.run(until_finished=options["until_finished"])
        except SignalHubError as error:
            raise CommandError(error.message) from error


def instant(text: str) -> datetime:
    """Read an instant, which names its zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no instant such as 2026-01-05T14:30:00Z") from None
    if read.tzinfo is None:
        raise ArgumentTypeError(f"{text} needs a time zone, such as {text}Z")
    return read


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


def _name(options: dict[str, Any]) -> str:
    path: Path | None = options["recording"]
    if options["name"] or path is None:
        return options["name"] or DEFAULT_NAME
    if name := slugify(path.stem)[:LONGEST_NAME]:
        return name
    raise CommandError(f"{path.name} makes no name of a replay; say --name.")


def _source(options: dict[str, Any]) -> Source:
    if options["recording"] is not None:
        return FileRecording(
            path=options["recording"],
            bars_per_second=options["pace"],
            starts_at=options["starts_at"],
        )
    if options["starts_at"] is not None:
        raise CommandError("--starts-at is about a file; say --recording as well.")
    return OwnRecording(bars_per_second=options["pace"])


def _simulated(options: dict[str, Any]) -> SimulatedFeed:
    return SimulatedFeed(
        instrument_keys=tuple(options["simulated"]),
        seed=options["seed"],
        started_at=utc_now(),
        ticks_per_second=options["ticks_per_second"],
        dirt=Dirt(duplicates=options["duplicates"], swaps=options["swaps"], gaps=options["gaps"]),
    )
