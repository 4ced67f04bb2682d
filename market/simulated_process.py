"""The process that makes prices up, as they happen, until it is told to stop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

import structlog

from common.clock import utc_now
from common.stopping import StopRequest
from market.feeds.simulated import SimulatedFeed
from market.patience import FAULTS, patient
from market.services.simulation import prepare_simulated
from market.services.ticks import record_ticks
from market.ticks import NewTick

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.25  # ticks of one look are recorded together
LONGEST_DEBT = timedelta(seconds=5)  # what a standstill may leave to catch up with


class SimulatedProcess:
    """Records the ticks of a feed when their time has come."""

    def __init__(self, feed: SimulatedFeed, *, stopping: StopRequest) -> None:
        self._feed = feed
        self._stopping = stopping
        self._ticks: Iterator[NewTick] = feed.ticks()

    def run(self) -> None:
        """Make prices up until told to stop; servers that are away are waited for."""
        again = patient("simulated feed", self._stopping)
        log.info("simulation_started", instruments=self._feed.instrument_keys)
        try:
            again(prepare_simulated, self._feed.instrument_keys, now=utc_now())
            while not self._stopping.is_set:
                due = self._due(at=utc_now())
                if due:
                    again(record_ticks, due, now=utc_now())
                self._stopping.wait(LOOK_SECONDS)
        except FAULTS:
            log.info("simulation_stops_in_outage")
        log.info("simulation_stopped")

    def _due(self, *, at: datetime) -> list[NewTick]:
        due = []
        for tick in self._ticks:
            if tick.at > at:
                self._ticks = chain([tick], self._ticks)
                break
            if tick.at < at - LONGEST_DEBT:
                # After a standstill it goes on from now: late ticks would count for nothing.
                self._ticks = replace(self._feed, started_at=at).ticks()
                return []
            due.append(tick)
        return due
