"""Replay a recording as a feed: one session a step, resumable at any point, paced by an operator.

A step records its bars and moves the position in one transaction, so a session is recorded exactly
once however often the process that replays it is killed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.platform import require_platform_operator
from common.errors import Conflict, InvalidInput, NotFound
from market import us_equities
from market.feeds.replay import Recording, Session
from market.models import FASTEST_PACE, SLOWEST_PACE, ReplayFeed
from market.services.bars import record_bars

DEFAULT_NAME = "demo"
_POSITION = ("as_of", "sessions_done", "sessions_total")


class NoSuchReplay(NotFound):
    """There is no such replay."""

    code = "no_such_replay"


class PaceOutOfBounds(InvalidInput):
    """The pace is too slow or too fast."""

    code = "pace_out_of_bounds"


class AlreadyPaused(Conflict):
    """The replay is paused already."""

    code = "already_paused"


class NotPaused(Conflict):
    """The replay is not paused."""

    code = "not_paused"


class OtherRecording(Conflict):
    """A replay of this name plays another recording."""

    code = "other_recording"


class ReplayFinished(Conflict):
    """The replay has reached the end of its recording."""

    code = "replay_finished"


@transaction.atomic
def prepare_replay(
    recording: Recording,
    *,
    name: str,
    instruments: Sequence[str],
    starts_at: datetime,
    bars_per_second: float,
    acting_user: User | None,
    now: datetime,
    recording_sha256: str = "",
) -> ReplayFeed:
    """Return the replay of this name, made at its start when there is none yet.

    One that exists is returned as it is: where it stands, and at the pace it was last given.

    Parameters
    ----------
    recording_sha256
        Of the recording's file; empty for the recording that comes with the project.

    Raises
    ------
    OtherRecording
        There is a replay of this name, of something else.
    PaceOutOfBounds
        The pace is not within the bounds of the model.
    """
    _check_pace(bars_per_second)
    feed, created = ReplayFeed.objects.get_or_create(
        name=name,
        defaults={
            "recording_sha256": recording_sha256,
            "timeframe": recording.timeframe,
            "instruments": sorted(instruments),
            "starts_at": starts_at,
            "as_of": starts_at,
            "bars_per_second": bars_per_second,
            "sessions_total": recording.only(instruments).count_after(starts_at),
            "updated_at": now,
        },
    )
    if feed.recording_sha256 != recording_sha256:
        raise OtherRecording(
            f"The replay {name!r} plays another recording; give this one another name."
        )
    if created:
        _audit("replay_prepared", feed, {}, _state(feed), acting_user=acting_user, now=now)
    return feed


def prepare_us_equities(
    *,
    bars_per_second: float,
    acting_user: User | None,
    now: datetime,
    name: str = DEFAULT_NAME,
    starts_at: datetime = us_equities.REPLAY_STARTS_AT,
) -> ReplayFeed:
    """Prepare the replay of all five shares of the recording that comes with the project."""
    return prepare_replay(
        us_equities.recording(),
        name=name,
        instruments=sorted(us_equities.LISTINGS),
        starts_at=starts_at,
        bars_per_second=bars_per_second,
        acting_user=acting_user,
        now=now,
    )


@transaction.atomic
def advance_replay(name: str, recording: Recording, *, now: datetime) -> Session | None:
    """Record the next session, announce it after commit, and return it.

    ``recording`` holds the replay's instruments. None: the replay is paused, or at its end.
    """
    feed = _locked(name)
    if feed.paused or feed.finished_at is not None:
        return None
    session = recording.next_after(feed.as_of)
    if session is not None:
        record_bars(session.bars, now=now)
        feed.as_of = session.closes_at
        feed.sessions_done += 1
    to_come = recording.count_after(feed.as_of)
    # A replay that stood when bars were put together in another way has another number to come.
    feed.sessions_total = feed.sessions_done + to_come
    if not to_come:
        feed.finished_at = now
    feed.updated_at = now
    feed.save(update_fields=[*_POSITION, "finished_at", "updated_at"])
    return session


@transaction.atomic
def set_pace(
    feed: ReplayFeed, bars_per_second: float, *, acting_user: User | None, now: datetime
) -> ReplayFeed:
    """Change how many sessions a second are replayed; a running replay follows at once.

    Raises
    ------
    PlatformOperatorRequired
        The acting user operates one house at most, and the bars are everybody's.
    PaceOutOfBounds
        The pace is not within the bounds of the model.
    """
    _check_pace(bars_per_second)
    return _change(
        feed.name,
        "replay_pace_set",
        {"bars_per_second": bars_per_second},
        acting_user=acting_user,
        now=now,
    )


@transaction.atomic
def pause(
    feed: ReplayFeed, *, acting_user: User | None, now: datetime, reason: str = ""
) -> ReplayFeed:
    """Stop a replay at its position.

    Raises
    ------
    PlatformOperatorRequired
        The acting user operates one house at most, and the bars are everybody's.
    AlreadyPaused, ReplayFinished
        It stands already.
    """
    _require_may_steer(acting_user)
    current = _locked(feed.name)
    if current.finished_at is not None:
        raise ReplayFinished(f"{feed.name} has reached the end of its recording.")
    if current.paused:
        raise AlreadyPaused(f"{feed.name} is paused already.")
    return _change(
        feed.name,
        "replay_paused",
        {"paused": True},
        acting_user=acting_user,
        now=now,
        reason=reason,
    )


@transaction.atomic
def resume(
    feed: ReplayFeed, *, acting_user: User | None, now: datetime, reason: str = ""
) -> ReplayFeed:
    """Let a paused replay go on, or raise NotPaused or PlatformOperatorRequired."""
    _require_may_steer(acting_user)
    if not _locked(feed.name).paused:
        raise NotPaused(f"{feed.name} is not paused.")
    return _change(
        feed.name,
        "replay_resumed",
        {"paused": False},
        acting_user=acting_user,
        now=now,
        reason=reason,
    )


def _change(
    name: str,
    event: str,
    values: dict[str, Any],
    *,
    acting_user: User | None,
    now: datetime,
    reason: str = "",
) -> ReplayFeed:
    _require_may_steer(acting_user)
    feed = _locked(name)
    before = _state(feed)
    for field, value in values.items():
        setattr(feed, field, value)
    feed.updated_at = now
    # Only what changes is written: the position belongs to whoever replays.
    feed.save(update_fields=[*values, "updated_at"])
    _audit(event, feed, before, _state(feed), acting_user=acting_user, now=now, reason=reason)
    return feed


# Nobody is the platform itself.
def _require_may_steer(acting_user: User | None) -> None:
    if acting_user is not None:
        require_platform_operator(acting_user)


def _locked(name: str) -> ReplayFeed:
    feed = ReplayFeed.objects.select_for_update().filter(name=name).first()
    if feed is None:
        raise NoSuchReplay(f"There is no replay {name!r}.")
    return feed


def _check_pace(bars_per_second: float) -> None:
    if not SLOWEST_PACE <= bars_per_second <= FASTEST_PACE:
        raise PaceOutOfBounds(
            f"bars_per_second: {bars_per_second:g} is not from {SLOWEST_PACE:g} to "
            f"{FASTEST_PACE:g} sessions a second.",
            field="bars_per_second",
        )


def _state(feed: ReplayFeed) -> dict[str, Any]:
    return {
        "bars_per_second": feed.bars_per_second,
        "paused": feed.paused,
        "as_of": feed.as_of.isoformat(),
    }


def _audit(
    event: str,
    feed: ReplayFeed,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    acting_user: User | None,
    now: datetime,
    reason: str = "",
) -> None:
    audit.record(
        event,
        feed,
        chain=audit.PLATFORM_CHAIN,
        acting_user=acting_user,
        now=now,
        before=before,
        after=after,
        reason=reason,
    )
