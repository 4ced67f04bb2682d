"""When a stream is silent: who is told, once, and when it is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from execution.listened import listened_to
from execution.models import (
    Alert,
    AlertKind,
    ExecutionStatus,
    Silence,
    Subscription,
    Trigger,
)
from execution.services.realtime import run_markets
from execution.services.silences import SilenceWatch
from execution.services.subscriptions import Setting, subscribe, unsubscribe
from market.models import ReplayFeed
from registry.models import Script, ScriptVersion
from registry.services import entitlements
from registry.services.product_subscriptions import end_product_subscription
from tests import factories
from tests.execution.ticks import store_tick
from tests.operations.silence.hearing import IBM, SECOND, bring, look, speak

pytestmark = pytest.mark.django_db


def test_a_feed_that_falls_silent_is_noticed_by_its_pace_once(
    script: Script, feed: ReplayFeed, now: datetime
) -> None:
    watch = SilenceWatch()
    speak(now)
    due = now + timedelta(seconds=2 + 5)

    assert look(watch, due) == (0, 0)
    assert look(watch, due + SECOND) == (1, 0)
    assert look(watch, due + 2 * SECOND) == (0, 0)

    silence = Silence.objects.get()
    assert (silence.expected_by, silence.last_at, silence.cause) == (due, now, "no_bar")
    alert = Alert.objects.get()
    assert (alert.kind, alert.count) == (AlertKind.SILENCE, 1)
    assert "Close on IBM 1d should have spoken by 2026-01-05 12:00:07 UTC" in alert.message


def test_it_is_over_when_the_stream_speaks_and_the_next_one_is_another(
    script: Script, feed: ReplayFeed, now: datetime
) -> None:
    watch = SilenceWatch()
    speak(now)
    late = now + timedelta(minutes=1)
    look(watch, late)
    bring(3, feed, late + SECOND)
    speak(late + SECOND)

    assert look(watch, late + 2 * SECOND) == (0, 1)

    silence = Silence.objects.get()
    assert (silence.ended_by, silence.ended_at) == ("spoke", late + 2 * SECOND)
    assert Alert.objects.get().cleared_at == late + 2 * SECOND
    assert look(watch, late + timedelta(minutes=1)) == (1, 0)
    assert Alert.objects.filter(cleared_at=None).count() == 1


def test_a_bar_that_nobody_runs_on_is_a_silence_too(
    script: Script, feed: ReplayFeed, now: datetime
) -> None:
    watch = SilenceWatch()
    speak(now)
    came = now + SECOND
    bring(3, feed, came)
    assert look(watch, came) == (0, 0)

    assert look(watch, came + timedelta(seconds=5)) == (0, 0)
    assert look(watch, came + timedelta(seconds=6)) == (1, 0)

    assert Silence.objects.get().cause == "no_run"


def test_a_subscription_that_nothing_ever_ran_for_is_silent(
    script: Script, ada: User, now: datetime
) -> None:
    watch = SilenceWatch()
    run_markets([("IBM", "1d")], now=now)  # planned, and never taken
    look(watch, now)

    assert look(watch, now + timedelta(seconds=6)) == (1, 0)

    assert Silence.objects.get().stream is None


def test_a_run_that_put_nothing_out_or_failed_by_its_script_has_spoken(
    script: Script, feed: ReplayFeed, now: datetime
) -> None:
    watch = SilenceWatch()
    for day, ending in enumerate(
        [
            {"status": ExecutionStatus.COMPLETED, "outcome": "ok"},
            {"status": ExecutionStatus.FAILED, "outcome": "error"},
        ],
        start=3,
    ):
        at = now + timedelta(seconds=6 * day)
        bring(day, feed, at)
        speak(at, **ending)
        assert look(watch, at + 6 * SECOND) == (0, 0)

    assert not Silence.objects.exists()


def test_trouble_of_ours_is_no_run(script: Script, feed: ReplayFeed, now: datetime) -> None:
    watch = SilenceWatch()
    speak(now)
    bring(3, feed, now + SECOND)
    speak(now + SECOND, status=ExecutionStatus.FAILED, outcome="infrastructure")
    look(watch, now + SECOND)

    assert look(watch, now + timedelta(seconds=8)) == (1, 0)


@pytest.mark.parametrize("field", ["paused", "finished_at"])
def test_of_a_feed_that_stands_nothing_is_expected(
    field: str, script: Script, feed: ReplayFeed, now: datetime
) -> None:
    watch = SilenceWatch()
    speak(now)
    look(watch, now + timedelta(minutes=1))
    ReplayFeed.objects.update(**{field: True if field == "paused" else now})

    assert look(watch, now + timedelta(minutes=2)) == (0, 1)

    assert Silence.objects.get().ended_by == "not_expected"


def test_of_a_stream_that_nobody_asks_for_any_more_nothing_is_expected(
    script: Script, feed: ReplayFeed, ada: User, now: datetime
) -> None:
    watch = SilenceWatch()
    speak(now)
    look(watch, now + timedelta(minutes=1))
    subscription, _ = subscribe(script, IBM, acting_user=ada, now=now)
    unsubscribe(str(subscription.pk), acting_user=ada, now=now)

    assert look(watch, now + timedelta(minutes=2)) == (0, 1)


def test_a_suspended_version_is_not_waited_for(
    script: Script, feed: ReplayFeed, now: datetime
) -> None:
    watch = SilenceWatch()
    speak(now)
    ScriptVersion.objects.update(suspended_at=now, suspension_reason="violation")

    assert look(watch, now + timedelta(minutes=1)) == (0, 0)


def test_old_bars_without_a_feed_promise_no_next_one(script: Script, now: datetime) -> None:
    watch = SilenceWatch()
    speak(now)

    assert look(watch, now + timedelta(days=30)) == (0, 0)


def test_a_look_takes_as_many_statements_for_ten_streams_as_for_one(
    script: Script,
    feed: ReplayFeed,
    ada: User,
    rita: User,
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(9):
        version = factories.make_published_version(ada, rita, name=f"Other {number}")
        subscribe(version.script, IBM, acting_user=ada, now=now)
    speak(now)
    watch = SilenceWatch()
    assert len(listened_to(now=now)) == 10

    with django_assert_max_num_queries(9):  # with savepoint, lock and what it learns once a minute
        assert look(watch, now + SECOND) == (0, 0)


def listen_to_ticks(script: Script, ada: User, now: datetime) -> None:
    """Have the script run on ticks in the place of bars."""
    for subscription in Subscription.objects.filter(ended_at=None):
        unsubscribe(str(subscription.pk), acting_user=ada, now=now)
    subscribe(script, IBM, setting=Setting(trigger=Trigger.TICK), acting_user=ada, now=now)


def test_ticks_that_nobody_runs_on_are_a_silence_that_ends_with_a_run(
    script: Script, ada: User, now: datetime
) -> None:
    listen_to_ticks(script, ada, now)
    watch = SilenceWatch()
    store_tick(0, 100.0)
    run_markets([("IBM", "1d")], now=now)  # planned, and never taken
    assert look(watch, now) == (0, 0)

    assert look(watch, now + timedelta(seconds=5)) == (0, 0)
    assert look(watch, now + timedelta(seconds=6)) == (1, 0)

    assert Silence.objects.get().missing == "ticks came, and nothing ran"
    assert "2026-01-05 12:00:05 UTC: ticks came, and nothing ran." in Alert.objects.get().message
    speak(now + timedelta(seconds=10))
    assert look(watch, now + timedelta(seconds=11)) == (0, 1)
    assert Silence.objects.get().ended_by == "spoke"


def test_a_market_without_ticks_promises_none(script: Script, ada: User, now: datetime) -> None:
    listen_to_ticks(script, ada, now)
    watch = SilenceWatch()
    store_tick(0, 100.0)
    speak(now)
    store_tick(1, 999.0, flags=("outlier",))  # sets off nothing
    look(watch, now)

    assert look(watch, now + timedelta(days=1)) == (0, 0)


def test_one_run_answers_for_all_the_ticks_before_it(
    script: Script, ada: User, now: datetime
) -> None:
    listen_to_ticks(script, ada, now)
    watch = SilenceWatch()
    for second in range(30):
        store_tick(second, 100.0)
        at = now + timedelta(seconds=4 * second)
        if second % 2:
            speak(at)
        assert look(watch, at) == (0, 0)


def test_whoever_has_no_right_any_more_is_waiting_for_nothing(
    version: ScriptVersion, feed: ReplayFeed, ada: User, sam: User, now: datetime
) -> None:
    factories.make_entitlement(version.script, sam)
    subscribe(version.script, IBM, acting_user=sam, now=now)
    watch = SilenceWatch()
    speak(now)
    late = now + timedelta(minutes=1)
    assert look(watch, late) == (1, 0)

    entitlements.revoke(version.script, sam, acting_user=ada, now=late)

    assert look(watch, late + SECOND) == (0, 1)
    assert Silence.objects.get().ended_by == "not_expected"
    assert look(watch, late + timedelta(minutes=1)) == (0, 0)


def test_as_long_as_one_of_many_has_a_right_a_stream_is_waited_for(
    script: Script, feed: ReplayFeed, ada: User, sam: User, now: datetime
) -> None:
    factories.make_entitlement(script, sam)
    subscribe(script, IBM, acting_user=sam, now=now)
    watch = SilenceWatch()
    speak(now)
    entitlements.revoke(script, sam, acting_user=ada, now=now)

    assert look(watch, now + timedelta(minutes=1)) == (1, 0)


def test_a_stream_of_a_product_is_waited_for_by_those_who_subscribe_to_it_alone(
    version: ScriptVersion, feed: ReplayFeed, ada: User, sam: User, now: datetime
) -> None:
    product = factories.make_product(version.script)
    bought = factories.make_product_subscription(product, sam)
    for user in (ada, sam):
        subscribe(version.script, IBM, acting_user=user, now=now)
    watch = SilenceWatch()
    speak(now)
    end_product_subscription(bought.pk, acting_user=sam, now=now)

    assert look(watch, now + timedelta(minutes=1)) == (1, 0)

    assert Silence.objects.get().plan.product is None


def test_a_silence_goes_on_when_the_first_of_those_who_wait_leaves(
    script: Script, feed: ReplayFeed, ada: User, sam: User, now: datetime
) -> None:
    factories.make_entitlement(script, sam)
    watch = SilenceWatch()
    speak(now)
    late = now + timedelta(minutes=1)
    look(watch, late)
    subscribe(script, IBM, acting_user=sam, now=late + SECOND)
    subscription = script.subscriptions.get(user=ada)
    unsubscribe(str(subscription.pk), acting_user=ada, now=late + 2 * SECOND)

    assert look(watch, late + timedelta(minutes=1)) == (0, 0)
