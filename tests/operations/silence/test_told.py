"""What operators read of streams that fall silent together."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core import mail

from accounts.models import User
from execution.models import Alert, Silence
from execution.services import alerts
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.silences import SilenceWatch
from execution.services.subscriptions import subscribe
from market.services.bars import record_bars
from registry.models import Script
from tests import factories
from tests.execution.conftest import session_bar
from tests.operations.silence.hearing import SECOND

pytestmark = pytest.mark.django_db
OTHERS = [f"SHARE{number}" for number in range(7)]


@pytest.fixture
def on_eight(script: Script, ada: User, now: datetime) -> Script:
    """Have the script, which runs on IBM, run on seven other shares as well."""
    factories.make_instruments(OTHERS, now=now)
    for key in OTHERS:
        record_bars([session_bar(2, key)], now=now)
        subscribe(script, RunRequest(instrument_key=key), acting_user=ada, now=now)
    run_markets([(key, "1d") for key in ["IBM", *OTHERS]], now=now)  # planned, and never taken
    return script


def fall_silent(watch: SilenceWatch, now: datetime) -> list[UUID]:
    watch.look(now=now)
    heard = watch.look(now=now + 6 * SECOND)
    assert heard is not None
    return heard.alerts


def test_a_mail_about_many_streams_of_a_version_says_how_many_and_names_the_first(
    on_eight: Script, olga: User, now: datetime
) -> None:
    olga.email = "olga@alpha.example"
    olga.save(update_fields=["email"])

    alerts.mail_together(fall_silent(SilenceWatch(), now))

    [sent] = mail.outbox
    assert sent.body.splitlines()[0] == (
        "Close on 8 streams (IBM 1d, SHARE0 1d, SHARE1 1d, SHARE2 1d, SHARE3 1d and 3 more) should "
        "have spoken, the first by 2026-01-05 12:00:05 UTC: a bar came, and nothing ran."
    )
    assert Silence.objects.count() == 8


def test_each_stream_counts_in_the_alert_of_its_version(on_eight: Script, now: datetime) -> None:
    [told] = fall_silent(SilenceWatch(), now)

    alert = Alert.objects.get()
    assert (alert.pk, alert.count) == (told, 8)


def test_what_falls_silent_later_is_no_new_alert(script: Script, ada: User, now: datetime) -> None:
    run_markets([("IBM", "1d")], now=now)
    watch = SilenceWatch()
    assert len(fall_silent(watch, now)) == 1
    later = now + timedelta(minutes=1)
    factories.make_instruments(OTHERS[:2], now=now)
    for key in OTHERS[:2]:
        record_bars([session_bar(2, key)], now=later)
        subscribe(script, RunRequest(instrument_key=key), acting_user=ada, now=later)
    run_markets([(key, "1d") for key in OTHERS[:2]], now=later)

    assert fall_silent(watch, later) == []

    alert = Alert.objects.get()
    assert alert.count == 3
    assert alert.message.startswith("Close on 2 streams (SHARE0 1d, SHARE1 1d) should have spoken")
