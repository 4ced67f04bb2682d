"""One watch of several leads for as long as it lives, and the next goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection

from execution.models import Alert, Silence
from execution.services.silences import SilenceWatch
from market.models import ReplayFeed
from registry.models import Script
from tests.operations.silence.hearing import SECOND, bring, look, speak


@pytest.mark.django_db
def test_a_watch_that_starts_during_a_silence_lets_it_go_on(
    script: Script, feed: ReplayFeed, now: datetime
) -> None:
    before = SilenceWatch()
    speak(now)
    bring(3, feed, now)
    look(before, now)
    late = now + 6 * SECOND
    assert look(before, late) == (1, 0)
    begun = Silence.objects.get()

    again = SilenceWatch()

    for second in range(1, 10):
        assert look(again, late + second * SECOND) == (0, 0)
    going_on = Silence.objects.get()
    assert (going_on.pk, going_on.expected_by, going_on.ended_at) == (
        begun.pk,
        now + 5 * SECOND,
        None,
    )
    assert (Alert.objects.get().count, Alert.objects.get().cleared_at) == (1, None)
    speak(late + 10 * SECOND)
    assert look(again, late + 11 * SECOND) == (0, 1)
    assert Silence.objects.get().ended_by == "spoke"


@pytest.mark.django_db
def test_a_silence_of_a_market_is_not_over_before_its_bar_is_run_for(
    script: Script, feed: ReplayFeed, now: datetime
) -> None:
    watch = SilenceWatch()
    speak(now)
    late = now + timedelta(minutes=1)
    assert look(watch, late) == (1, 0)

    bring(3, feed, late)

    assert look(watch, late + SECOND) == (0, 0)
    speak(late + 2 * SECOND)
    assert look(watch, late + 3 * SECOND) == (0, 1)
    assert Silence.objects.get().ended_by == "spoke"


@pytest.mark.django_db
def test_a_silence_is_over_when_the_recording_goes_on_without_its_instrument(
    script: Script, feed: ReplayFeed, now: datetime
) -> None:
    watch = SilenceWatch()
    speak(now)
    late = now + timedelta(minutes=1)
    assert look(watch, late) == (1, 0)

    ReplayFeed.objects.update(updated_at=late)

    assert look(watch, late + SECOND) == (0, 1)
    assert Silence.objects.get().ended_by == "not_expected"


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    """Return a thread with a connection of its own, as another process has one."""
    with ThreadPoolExecutor(1) as other:
        yield other
        other.submit(close_own_connection).result(30)


@pytest.mark.django_db(transaction=True)
def test_of_two_one_leads_at_every_look_until_its_connection_ends(
    elsewhere: ThreadPoolExecutor, now: datetime
) -> None:
    first, second = SilenceWatch(), SilenceWatch()
    look(first, now)

    for _ in range(3):
        assert elsewhere.submit(second.look, now=now).result(30) is None
        look(first, now)

    connection.close()
    elsewhere.submit(look_until_it_leads, second, now).result(30)
    assert first.look(now=now) is None


@pytest.mark.django_db(transaction=True)
def test_one_that_loses_its_connection_leads_no_more_once_another_does(
    elsewhere: ThreadPoolExecutor, now: datetime
) -> None:
    first, second = SilenceWatch(), SilenceWatch()
    look(first, now)
    assert elsewhere.submit(second.look, now=now).result(30) is None

    elsewhere.submit(end_session, connection.connection.info.backend_pid).result(30)

    with pytest.raises(OperationalError):
        first.look(now=now)
    connection.close()  # as run_watch does
    assert elsewhere.submit(second.look, now=now).result(30) is not None
    assert first.look(now=now) is None


def end_session(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def look_until_it_leads(watch: SilenceWatch, now: datetime) -> None:
    # PostgreSQL ends a session soon after its connection.
    deadline = time.monotonic() + 20
    while watch.look(now=now) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def close_own_connection() -> None:
    connection.close()
