"""The landing page says what is running and where to go, and nothing that is somebody's own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from common.clock import utc_now
from market.models import ReplayFeed
from registry.models import Script
from signalhub.overview import newest_signals
from streams.models import Stream
from tests.pages.conftest import FIRST_SESSION, SignIn, publish

pytestmark = pytest.mark.django_db


def make_feed(**fields: object) -> ReplayFeed:
    given = {
        "name": "demo",
        "instruments": ["IBM", "AAPL"],
        "bars_per_second": 2.0,
        "starts_at": FIRST_SESSION,
        "as_of": FIRST_SESSION + timedelta(days=1),
        "sessions_total": 10,
        "updated_at": utc_now(),
        **fields,
    }
    return ReplayFeed.objects.create(**given)


def text_of(client: Client, path: str = "/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_in_the_demo_every_person_signs_in_with_one_press(
    client: Client, settings: Settings
) -> None:
    settings.DEMO = True

    text = text_of(client)

    for username in ("ada", "rita", "sam", "olga", "mallory"):
        assert f'name="username" value="{username}"' in text
    assert settings.DEMO_PASSWORD in text


def test_outside_the_demo_a_stranger_sees_the_way_in_and_no_number(
    client: Client, settings: Settings
) -> None:
    settings.DEMO = False
    make_feed()

    text = text_of(client)

    assert 'href="/login/"' in text
    assert settings.DEMO_PASSWORD not in text
    assert 'name="username"' not in text
    assert "Scripts published" not in text


def test_the_demo_password_is_not_shown_to_somebody_signed_in(
    sam: User, signed_in: SignIn, settings: Settings
) -> None:
    settings.DEMO = True

    assert settings.DEMO_PASSWORD not in text_of(signed_in(sam))


def test_the_feed_is_shown_with_its_session_and_pace(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    make_feed()

    text = text_of(client)

    assert "1 May 2003" in text
    assert "2 sessions a second" in text
    assert "playing" in text


def test_a_paused_feed_says_so(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    make_feed(paused=True)

    assert "paused" in text_of(client)


def test_a_feed_whose_process_died_is_not_called_playing(
    client: Client, settings: Settings
) -> None:
    settings.DEMO = True
    make_feed(updated_at=utc_now() - timedelta(seconds=8))

    text = text_of(client)

    assert "stands still" in text
    assert "playing" not in text


def test_without_a_feed_the_page_says_how_to_get_one(client: Client, settings: Settings) -> None:
    settings.DEMO = True

    assert "make demo" in text_of(client)


def test_a_subscriber_sees_the_signals_of_scripts_open_to_them(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    text = text_of(signed_in(sam))

    assert f"/dashboard/{script.pk}/?instrument=IBM" in text
    assert "▲ Buy" in text


def test_signals_of_others_are_not_shown(
    stream: Stream,
    script: Script,
    mallory: User,
    signed_in: SignIn,
    client: Client,
    settings: Settings,
) -> None:
    settings.DEMO = True

    for text in (text_of(signed_in(mallory)), text_of(client), text_of(client, "/overview")):
        assert script.name not in text
        assert str(script.pk) not in text


def test_an_output_without_a_side_is_no_signal(stream: Stream, sam: User) -> None:
    publish(stream, 3, 55.0)

    signals = newest_signals(sam, at=utc_now())

    assert [signal.bar_opened_at for signal in signals] == [FIRST_SESSION + timedelta(days=2)]


def test_the_page_names_a_part_that_is_down(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    text = text_of(client)

    assert '<span class="dot bad"></span><b>Redis</b>' in text
    assert '<span class="dot good"></span><b>PostgreSQL</b>' in text
