"""Replay recorded prices as a feed, until told to stop."""

from __future__ import annotations

import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

import structlog
import tenacity
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection

from common.clock import utc_now
from common.errors import SignalHubError
from market import us_equities
from market.feeds.pace import Pacer
from market.feeds.replay import Recording
from market.models import ReplayFeed
from market.services import replay

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.25  # how soon a change of pace, a pause or a resumption is noticed
RETRY_SECONDS_MAX = 10.0
DEFAULT_NAME = "demo"


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
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        runner = FeedRunner(options["name"], options["pace"], stopping=stopping)
        try:
            runner.run(until_finished=options["until_finished"])
        except SignalHubError as error:
            raise CommandError(error.message) from error


class FeedRunner:
    """Advances one replay at its pace, through faults of the database."""

    def __init__(self, name: str, pace: float, *, stopping: threading.Event) -> None:
        self._name = name
        self._pace = pace
        self._stopping = stopping
        self._pacer = Pacer(started_at=time.monotonic())
        self._recording: Recording | None = None

    def run(self, *, until_finished: bool) -> None:
        """Replay until told to stop or, if so wished, until the recording ends."""
        persistent = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((OperationalError, InterfaceError)),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=RETRY_SECONDS_MAX),
            before_sleep=self._before_retry,
            # Waiting on the event ends the wait at once when the process is told to stop.
            sleep=tenacity.sleep_using_event(self._stopping),
            stop=tenacity.stop_when_event_set(self._stopping),
            reraise=True,
        )
        finished = False
        while not self._stopping.is_set() and not (finished and until_finished):
            try:
                finished = persistent(self._step)
            except (OperationalError, InterfaceError):
                break  # told to stop in the middle of an outage
        log.info("feed_stopped", feed=self._name)

    def _step(self) -> bool:
        """Advance when a session is due, else wait a little; tell whether the end is reached."""
        feed = self._prepared()
        if feed.paused or feed.finished_at is not None:
            self._pacer.idled(at=time.monotonic())
            self._stopping.wait(POLL_SECONDS)
            return feed.finished_at is not None
        wait = self._pacer.seconds_until_due(feed.bars_per_second, at=time.monotonic())
        if wait > 0:
            self._stopping.wait(min(wait, POLL_SECONDS))
        else:
            self._advance(feed)
        return False

    def _advance(self, feed: ReplayFeed) -> None:
        session = replay.advance_replay(self._name, self._recorded(feed), now=utc_now())
        self._pacer.advanced(feed.bars_per_second, at=time.monotonic())
        if session is not None:
            log.debug("session_replayed", feed=self._name, session=str(session.opened_at.date()))

    def _prepared(self) -> ReplayFeed:
        found = ReplayFeed.objects.filter(name=self._name).first()
        if found is not None and self._recording is not None:
            return found
        feed = replay.prepare_replay(
            us_equities.recording(),
            name=self._name,
            instruments=sorted(us_equities.LISTINGS),
            starts_at=us_equities.REPLAY_STARTS_AT,
            bars_per_second=self._pace,
            acting_user=None,
            now=utc_now(),
        )
        log.info("feed_started", feed=self._name, position=feed.progress, pace=feed.bars_per_second)
        return feed

    def _recorded(self, feed: ReplayFeed) -> Recording:
        if self._recording is None:
            self._recording = us_equities.recording().only(feed.instruments)
        return self._recording

    def _before_retry(self, state: tenacity.RetryCallState) -> None:
        connection.close()
        assert state.outcome is not None
        assert state.next_action is not None
        log.warning(
            "feed_waits_for_database",
            feed=self._name,
            attempt=state.attempt_number,
            again_in_seconds=round(state.next_action.sleep, 1),
            error=str(state.outcome.exception()),
        )
