"""What the site's own scripts do, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DELAYS = """async (random) => {
    const { delayBefore } = await import("/static/js/live/backoff.js");
    return [0, 1, 2, 3, 9, 99].map((attempt) => delayBefore(attempt, () => random));
}"""
AXES = """async (output) => {
    const { Outputs } = await import("/static/js/dashboard/outputs.js");
    const { barOpenedAt, numbers, side } = new Outputs(86400).add(1, output);
    return { bar: new Date(barOpenedAt * 1000).toISOString().slice(0, 10), numbers, side };
}"""


@pytest.fixture
def site(live_server: LiveServer, page: Page) -> Page:
    """Open a page of ours, so that its scripts can be imported."""
    page.goto(f"{live_server.url}/login/")
    return page


def test_attempts_to_connect_grow_rarer_up_to_a_bound(site: Page) -> None:
    assert site.evaluate(DELAYS, 1) == [500, 1000, 2000, 4000, 15000, 15000]
    assert site.evaluate(DELAYS, 0) == [250, 500, 1000, 2000, 7500, 7500]


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        (31.5, {"value": 31.5}),
        ({"fast": 1, "slow": 2, "trend": "up"}, {"fast": 1, "slow": 2}),
        ("up", {}),
        (None, {}),
    ],
)
def test_the_numbers_of_an_output_are_what_can_be_drawn(
    site: Page, value: Any, numbers: dict[str, float]
) -> None:
    output = {"value": value, "timestamp": "2003-05-02T00:00:00Z", "metadata": {"side": "hold"}}

    drawn = site.evaluate(AXES, output)

    assert drawn == {"bar": "2003-05-01", "numbers": numbers, "side": None}


def test_a_chosen_theme_is_kept_and_stands_before_anything_is_painted(
    live_server: LiveServer, page: Page
) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{live_server.url}/login/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.get_by_role("button", name="Change the theme").click()
    page.goto(f"{live_server.url}/", wait_until="commit")
    page.wait_for_selector("body", state="attached")

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.wait_for_load_state()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_in_the_demo_one_press_signs_a_person_in(
    live_server: LiveServer, page: Page, settings: Settings, sam: User
) -> None:
    settings.DEMO = True
    sam.set_password(settings.DEMO_PASSWORD)
    sam.save()
    page.goto(live_server.url)

    page.get_by_role("button", name="sam subscriber").click()

    expect(page.get_by_role("heading", name="No script is open to you yet")).to_be_visible()


def test_the_focus_can_be_seen_and_the_content_reached_by_keyboard(
    live_server: LiveServer, page: Page
) -> None:
    page.goto(live_server.url)

    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
