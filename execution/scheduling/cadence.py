"""By which instant a stream should have spoken: plain rules over what is known of its market.

A stream speaks with every run of its plan, whether or not the script puts anything out. It is due
when a bar or a tick has come that it has not run for, or when the next bar should have come: by the
exchange's calendar where bars come as they close, by its pace where a recording is replayed.
Nobody can say when the next tick should come. Where nothing is known, nothing is expected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NextClose = Callable[[datetime], datetime]
# Bars that come later than this after their close are no market's of today.
LIVE_WITHIN = timedelta(minutes=2)


class Cause(StrEnum):
    """What is missing."""

    NO_BAR = "no_bar"
    NO_RUN = "no_run"


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A recording that brings the instrument's bars, at a pace of the clock on the wall."""

    seconds_per_bar: float
    moved_at: datetime  # it brought a bar, or was let go on
    stands: bool  # paused, or at its end


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What is known of one stream.

    Parameters
    ----------
    last_at
        When it spoke last, or when it was first asked for.
    ran_until
        Close of the newest bar that it ran for; None when it never ran.
    ran_at
        When that run ended.
    waits_since
        Since when there is a newer bar or tick than that; None when there is none.
    by_ticks
        It runs on ticks, of which one is run for in the place of many: no bar is waited for.
    """

    last_at: datetime
    ran_until: datetime | None
    ran_at: datetime | None
    waits_since: datetime | None
    replay: Replay | None = None
    by_ticks: bool = False


@dataclass(frozen=True, kw_only=True)
class Expected:
    """When a stream is due, how much longer it is given, and what is missing if it is silent."""

    at: datetime
    grace: timedelta
    cause: Cause

    @property
    def by(self) -> datetime:
        """Return by when it should have spoken."""
        return self.at + self.grace


def expected(heard: Heard, *, next_close: NextClose, grace: timedelta) -> Expected | None:
    """Return by when a stream should speak next, or None when nothing says so."""
    if heard.waits_since is not None:
        # One that lags behind, but goes on, is not silent.
        since = max(heard.waits_since, heard.last_at)
        return Expected(at=since, grace=grace, cause=Cause.NO_RUN)
    if heard.by_ticks:
        return None
    if heard.replay is not None:
        return _of_replay(heard, heard.replay, grace)
    if heard.ran_until is None or heard.ran_at is None:
        return None
    if heard.ran_at - heard.ran_until > LIVE_WITHIN:
        return None
    return Expected(at=next_close(heard.ran_until), grace=grace, cause=Cause.NO_BAR)


def _of_replay(heard: Heard, replay: Replay, grace: timedelta) -> Expected | None:
    if replay.stands:
        return None
    since = max(replay.moved_at, heard.last_at)
    step = timedelta(seconds=replay.seconds_per_bar)
    return Expected(at=since + step, grace=grace, cause=Cause.NO_BAR)
