"""What a stream is still waited for after a hold, and by a schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from execution.models import (
    Silence,
    Subscription,
    Trigger,
)
from execution.services import holds
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.silences import SilenceWatch
from execution.services.subscriptions import Setting, subscribe, unsubscribe
from market.services.bars import record_bars
from registry.models import Script, ScriptVersion
from registry.services import entitlements
from tests import factories
from tests.execution.conftest import session_bar
from tests.operations.silence.hearing import IBM, SECOND, look, minute_bar, speak

pytestmark = pytest.mark.django_db

HOURLY = Setting(trigger=Trigger.SCHEDULE, schedule="0 * * * *")


def stop_and_let_go_on(script: Script, olga: User, *days: int, now: datetime) -> None:
    """Let bars come while the script is on hold, and lift that."""
    hold, _ = holds.place_hold("script", str(script.pk), reason="Odd.", acting_user=olga, now=now)
    record_bars([session_bar(day) for day in days], now=now)
    run_markets([("IBM", "1d")], now=now)
    holds.lift_hold(hold.pk, acting_user=olga, now=now)


@pytest.mark.parametrize("version_changes", [False, True])
def test_bars_that_were_passed_over_under_a_hold_are_not_waited_for_when_it_is_lifted(
    version_changes: bool, script: Script, olga: User, rita: User, now: datetime
) -> None:
    watch = SilenceWatch()
    speak(now)
    stop_and_let_go_on(script, olga, 3, 4, now=now + SECOND)
    if version_changes:
        factories.publish_next_version(script, rita)
        run_markets([("IBM", "1d")], now=now + 2 * SECOND)

    for second in range(2, 30):
        assert look(watch, now + second * SECOND) == (0, 0)

    record_bars([session_bar(5)], now=now + 30 * SECOND)
    assert look(watch, now + 31 * SECOND) == (0, 0)
    assert look(watch, now + 37 * SECOND) == (1, 0)
    assert Silence.objects.get().cause == "no_run"


def test_a_run_that_a_hold_stopped_is_not_waited_for_when_it_is_lifted(
    script: Script, olga: User, now: datetime
) -> None:
    watch = SilenceWatch()
    speak(now)
    record_bars([session_bar(3)], now=now)
    run_markets([("IBM", "1d")], now=now)  # planned, and stopped
    stop_and_let_go_on(script, olga, now=now + SECOND)

    for second in range(2, 30):
        assert look(watch, now + second * SECOND) == (0, 0)


def test_after_a_hold_the_next_bar_is_waited_for_and_none_that_was_passed_over(
    version: ScriptVersion, ada: User, olga: User
) -> None:
    began = datetime(2026, 1, 5, 15, 1, tzinfo=UTC)
    record_bars([minute_bar(0)], now=began)
    by_minutes = RunRequest(instrument_key="IBM", timeframe="1m")
    subscribe(version.script, by_minutes, acting_user=ada, now=began)
    speak(began, timeframe="1m")
    watch = SilenceWatch()
    assert look(watch, began + 10 * SECOND) == (0, 0)
    hold, _ = holds.place_hold(
        "script", str(version.script_id), reason="Odd.", acting_user=olga, now=began
    )
    lifted = began + timedelta(minutes=5, seconds=10)
    record_bars([minute_bar(minute) for minute in range(1, 6)], now=lifted)
    run_markets([("IBM", "1m")], now=lifted)
    holds.lift_hold(hold.pk, acting_user=olga, now=lifted)

    assert look(watch, lifted + SECOND) == (0, 0)
    assert look(watch, began + timedelta(minutes=6, seconds=5)) == (0, 0)
    assert look(watch, began + timedelta(minutes=6, seconds=6)) == (1, 0)
    assert Silence.objects.get().cause == "no_bar"


def speak_by_the_hour(script: Script, user: User, at: datetime) -> Subscription:
    """Have a script run at each full hour, and end its run of the next one."""
    subscription, _ = subscribe(script, IBM, setting=HOURLY, acting_user=user, now=at)
    run_markets([("IBM", "1d")], now=at)
    speak(at + timedelta(hours=1))
    return subscription


def test_a_schedule_that_is_asked_for_again_is_due_at_its_next_instant(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    subscription = speak_by_the_hour(version.script, ada, now)
    unsubscribe(str(subscription.pk), acting_user=ada, now=now + timedelta(minutes=90))
    again = now + timedelta(days=2, minutes=30)
    subscribe(version.script, IBM, setting=HOURLY, acting_user=ada, now=again)
    watch = SilenceWatch()

    assert look(watch, again) == (0, 0)
    assert look(watch, again + timedelta(minutes=30, seconds=5)) == (0, 0)
    assert look(watch, again + timedelta(minutes=30, seconds=6)) == (1, 0)


def test_a_schedule_whose_readers_right_comes_back_is_due_at_its_next_instant(
    version: ScriptVersion, ada: User, sam: User, now: datetime
) -> None:
    factories.make_entitlement(version.script, sam)
    speak_by_the_hour(version.script, sam, now)
    ended = now + timedelta(minutes=90)
    entitlements.revoke(version.script, sam, acting_user=ada, now=ended)
    run_markets([("IBM", "1d")], now=ended)
    back = now + timedelta(days=2, minutes=30)
    factories.make_entitlement(version.script, sam)
    run_markets([("IBM", "1d")], now=back)
    watch = SilenceWatch()

    assert look(watch, back + SECOND) == (0, 0)
    assert look(watch, back + timedelta(minutes=30, seconds=6)) == (1, 0)


def test_instants_that_were_passed_over_under_a_hold_are_not_waited_for(
    version: ScriptVersion, ada: User, olga: User, now: datetime
) -> None:
    speak_by_the_hour(version.script, ada, now)
    lifted = now + timedelta(days=2, minutes=30)
    stop_and_let_go_on(version.script, olga, now=lifted)
    watch = SilenceWatch()

    assert look(watch, lifted + SECOND) == (0, 0)
    assert look(watch, lifted + timedelta(minutes=30, seconds=6)) == (1, 0)
