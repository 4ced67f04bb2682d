"""The process that replays a recording: at its pace, through faults, until told to stop."""

from __future__ import annotations

import time

import structlog
import tenacity
from django.db import InterfaceError, OperationalError, connection

from common.clock import utc_now
from common.stopping import StopRequest
from market.feeds.pace import Pacer
from market.feeds.replay import Recording
from market.models import ReplayFeed
from market.replay_sources import Source
from market.services import replay

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.25  # how soon a change of pace, a pause or a resumption is noticed
RETRY_SECONDS_MAX = 10.0
DATABASE_FAULTS = (OperationalError, InterfaceError)


class FeedProcess:
    """Advances one replay. Nothing is kept here that a restart would lose."""

    def __init__(self, name: str, *, source: Source, stopping: StopRequest) -> None:
        self._name = name
        self._source = source
        self._stopping = stopping
        self._pacer = Pacer(started_at=time.monotonic())
        self._recording: Recording | None = None
        self._is_interrupted = False
        self._is_finished = False

    def run(self, *, until_finished: bool) -> None:
        """Replay until told to stop or, if so wished, until the recording ends."""
        patient = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(DATABASE_FAULTS),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=RETRY_SECONDS_MAX),
            stop=lambda state: self._stopping.is_set,
            sleep=self._stopping.wait,
            before_sleep=self._on_fault,
            reraise=True,
        )
        while not self._stopping.is_set and not (until_finished and self._is_finished):
            try:
                patient(self._step)
            except DATABASE_FAULTS:
                log.info("feed_stops_in_outage", feed=self._name)
        log.info("feed_stopped", feed=self._name)

    def _step(self) -> None:
        # The row is read every time: the pace and the pause are somebody else's to change.
        recording = self._recording or self._start()
        feed = ReplayFeed.objects.get(name=self._name)
        self._on_contact()
        if feed.paused or feed.finished_at is not None:
            self._idle(feed)
            return
        wait = self._pacer.seconds_until_due(feed.bars_per_second, at=time.monotonic())
        if wait > 0:
            self._stopping.wait(min(wait, POLL_SECONDS))
            return
        replay.advance_replay(self._name, recording, now=utc_now())
        self._pacer.advanced(feed.bars_per_second, at=time.monotonic())

    def _start(self) -> Recording:
        self._recording = self._source(self._name, utc_now())
        feed = ReplayFeed.objects.get(name=self._name)
        log.info("feed_started", feed=self._name, position=feed.progress, pace=feed.bars_per_second)
        return self._recording

    def _idle(self, feed: ReplayFeed) -> None:
        finished = feed.finished_at is not None
        if finished and not self._is_finished:
            log.info("feed_finished", feed=self._name, position=feed.progress)
        self._is_finished = finished
        self._pacer.idled(at=time.monotonic())
        self._stopping.wait(POLL_SECONDS)

    def _on_fault(self, state: tenacity.RetryCallState) -> None:
        assert state.outcome is not None
        assert state.next_action is not None
        self._is_interrupted = True
        connection.close()
        log.warning(
            "feed_waits_for_database",
            feed=self._name,
            attempt=state.attempt_number,
            again_in_seconds=round(state.next_action.sleep, 1),
            error=str(state.outcome.exception()).strip(),
        )

    def _on_contact(self) -> None:
        if self._is_interrupted:
            log.info("feed_goes_on", feed=self._name)
        self._is_interrupted = False
