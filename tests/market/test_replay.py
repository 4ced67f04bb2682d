from __future__ import annotations

from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction

from accounts.audit_verification import first_break
from accounts.models import AuditEvent, User
from common.errors import SignalHubError
from market.feeds.replay import NotInRecording, Recording
from market.models import Bar, ReplayFeed
from market.services import replay
from market.services.bars import BarRevised, record_bars, record_history
from market.services.history import load_history
from tests.market.conftest import LATE_START
from tests.market.prices import LATER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house")]


def test_a_replay_starts_before_its_first_session(feed: ReplayFeed) -> None:
    assert (feed.as_of, feed.sessions_done, feed.sessions_total) == (LATE_START, 0, 4)
    assert feed.progress == "session 0 of 4"


def test_each_step_records_one_session_and_moves_the_position(
    feed: ReplayFeed, recording: Recording
) -> None:
    expected = list(recording.sessions_after(LATE_START))

    for done, session in enumerate(expected, start=1):
        assert replay.advance_replay("demo", recording, now=LATER) == session

        feed.refresh_from_db()
        assert (feed.as_of, feed.sessions_done) == (session.closes_at, done)
        assert Bar.objects.count() == sum(len(s.bars) for s in expected[:done])
    assert feed.finished_at == LATER
    assert feed.progress == "session 4 of 4"


def test_a_finished_replay_stays_at_its_end(feed: ReplayFeed, recording: Recording) -> None:
    while replay.advance_replay("demo", recording, now=LATER):
        pass
    feed.refresh_from_db()
    position = feed.as_of

    assert replay.advance_replay("demo", recording, now=LATER) is None

    feed.refresh_from_db()
    assert feed.as_of == position
    with pytest.raises(replay.ReplayFinished):
        replay.pause(feed, acting_user=None, now=LATER)


def test_a_step_that_fails_half_way_leaves_neither_bars_nor_a_new_position(
    feed: ReplayFeed, recording: Recording
) -> None:
    with (
        patch.object(ReplayFeed, "save", side_effect=OSError("the disk is full")),
        pytest.raises(OSError, match="disk"),
    ):
        replay.advance_replay("demo", recording, now=LATER)

    feed.refresh_from_db()
    assert (feed.as_of, Bar.objects.count()) == (LATE_START, 0)
    replay.advance_replay("demo", recording, now=LATER)
    assert Bar.objects.count() == 5


def test_a_bar_that_is_there_already_is_met_and_not_doubled(
    feed: ReplayFeed, recording: Recording
) -> None:
    session = recording.next_after(LATE_START)
    assert session is not None
    record_history(session.bars[:2], now=LATER)

    replay.advance_replay("demo", recording, now=LATER)

    assert Bar.objects.count() == 5


def test_a_replay_stops_at_a_bar_that_was_recorded_differently(
    feed: ReplayFeed, recording: Recording
) -> None:
    session = recording.next_after(LATE_START)
    assert session is not None
    record_history(session.bars, now=LATER)
    Bar.objects.filter(instrument_key="IBM").update(volume=1)

    with pytest.raises(BarRevised, match="IBM"):
        replay.advance_replay("demo", recording, now=LATER)

    feed.refresh_from_db()
    assert feed.as_of == LATE_START


def test_preparing_again_changes_nothing(
    feed: ReplayFeed, recording: Recording, olga: User
) -> None:
    replay.advance_replay("demo", recording, now=LATER)

    again = replay.prepare_replay(
        recording,
        name="demo",
        instruments=["AAPL"],
        starts_at=recording.sessions[0].opened_at,
        bars_per_second=9.0,
        acting_user=olga,
        now=LATER,
    )

    assert (again.pk, again.sessions_done, again.bars_per_second) == (feed.pk, 1, 2.0)
    assert AuditEvent.objects.filter(event="replay_prepared").count() == 1


def test_a_replay_of_what_is_not_recorded_is_refused(recording: Recording, olga: User) -> None:
    with pytest.raises(NotInRecording, match="TSLA"):
        replay.prepare_replay(
            recording,
            name="other",
            instruments=["TSLA"],
            starts_at=LATE_START,
            bars_per_second=1.0,
            acting_user=olga,
            now=LATER,
        )

    assert not ReplayFeed.objects.exists()


def test_a_paused_replay_stands_until_it_is_resumed(
    feed: ReplayFeed, recording: Recording, olga: User
) -> None:
    replay.pause(feed, acting_user=olga, now=LATER)
    assert replay.advance_replay("demo", recording, now=LATER) is None
    with pytest.raises(replay.AlreadyPaused):
        replay.pause(feed, acting_user=olga, now=LATER)

    replay.resume(feed, acting_user=olga, now=LATER)
    assert replay.advance_replay("demo", recording, now=LATER) is not None
    with pytest.raises(replay.NotPaused):
        replay.resume(feed, acting_user=olga, now=LATER)


def test_an_operator_who_looks_at_an_old_page_does_not_move_the_position_back(
    feed: ReplayFeed, recording: Recording, olga: User
) -> None:
    seen_before = ReplayFeed.objects.get(pk=feed.pk)
    session = replay.advance_replay("demo", recording, now=LATER)
    assert session is not None

    changed = replay.set_pace(seen_before, 20.0, acting_user=olga, now=LATER)

    assert (changed.as_of, changed.sessions_done) == (session.closes_at, 1)
    assert changed.bars_per_second == 20


@pytest.mark.parametrize("pace", [0, -1, 0.001, 1001, float("nan"), float("inf")])
def test_a_pace_out_of_bounds_is_refused_and_the_database_agrees(
    feed: ReplayFeed, olga: User, pace: float
) -> None:
    with pytest.raises(replay.PaceOutOfBounds, match=r"0\.01 to 1000"):
        replay.set_pace(feed, pace, acting_user=olga, now=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReplayFeed.objects.update(bars_per_second=pace)


def test_every_change_has_an_actor_and_a_row_in_the_audit_trail(
    feed: ReplayFeed, olga: User
) -> None:
    replay.set_pace(feed, 5.0, acting_user=olga, now=LATER)
    replay.pause(feed, acting_user=olga, now=LATER)
    replay.resume(feed, acting_user=None, now=LATER)

    trail = AuditEvent.objects.filter(chain="platform").order_by("position")
    assert [(row.event, row.actor_name) for row in trail] == [
        ("replay_prepared", "olga"),
        ("replay_pace_set", "olga"),
        ("replay_paused", "olga"),
        ("replay_resumed", "the platform"),
    ]
    assert (trail[1].before["bars_per_second"], trail[1].after["bars_per_second"]) == (2.0, 5.0)
    assert first_break("platform") is None


def test_a_replay_that_is_not_there_is_not_found(recording: Recording) -> None:
    with pytest.raises(replay.NoSuchReplay) as caught:
        replay.advance_replay("absent", recording, now=LATER)

    assert isinstance(caught.value, SignalHubError)


def test_who_subscribes_after_loading_has_the_newest_bar_to_begin_with(
    feed: ReplayFeed, recording: Recording
) -> None:
    load_history(recording, until=recording.sessions[10].opened_at, now=LATER)

    live = Bar.objects.filter(is_history=False, timeframe="1d")
    assert set(live.values_list("opened_at", flat=True)) == {recording.sessions[9].opened_at}


def test_a_market_that_has_gone_further_takes_all_that_is_loaded_for_history(
    feed: ReplayFeed, recording: Recording
) -> None:
    further = recording.sessions[20].bars
    record_bars(further, now=LATER)

    load_history(recording, until=recording.sessions[10].opened_at, now=LATER)

    assert not Bar.objects.filter(is_overtaken=True).exists()
    assert Bar.objects.filter(is_history=False).count() == len(further)


def test_history_loads_what_had_closed_and_tells_how_far_it_is(
    feed: ReplayFeed, recording: Recording
) -> None:
    heard: list[tuple[int, int]] = []
    until = recording.sessions[1000].opened_at

    new = load_history(
        recording,
        until=until,
        now=LATER,
        on_progress=lambda done, total: heard.append((done, total)),
    )

    assert new == Bar.objects.count() == 3000
    assert heard == [(2000, 3000), (3000, 3000)]
    assert not Bar.objects.filter(closes_at__gt=until).exists()
    assert load_history(recording, until=until, now=LATER) == 0
