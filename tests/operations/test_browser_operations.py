"""The operations page in a real browser: it renews itself, fits a phone, and obeys a keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import AuditEvent, User
from common.clock import utc_now
from market.models import ReplayFeed
from tests.factories import PASSWORD

pytestmark = [
    pytest.mark.usefixtures("platform_house"),
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def feed(db: None) -> ReplayFeed:
    return ReplayFeed.objects.create(
        name="demo",
        instruments=["IBM"],
        starts_at=utc_now(),
        bars_per_second=0.5,
        as_of=utc_now(),
        sessions_total=100,
        updated_at=utc_now(),
    )


def test_whoever_works_in_a_table_is_told_that_it_is_not_renewed_meanwhile(
    page: Page, live_server: LiveServer, olga: User, feed: ReplayFeed
) -> None:
    page.clock.install()
    page.goto(f"{live_server.url}/login/?next=/operations/")
    page.fill("#id_username", "olga")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    sections = page.locator("#sections")
    page.get_by_role("link", name="Pause: demo").focus()

    page.clock.run_for(7000)
    expect(sections).not_to_have_class("waiting")
    page.clock.run_for(7000)

    expect(sections).to_have_class("waiting")
    page.get_by_role("link", name="Pause: demo").blur()
    page.clock.run_for(4000)
    expect(sections).not_to_have_class("waiting")


def test_a_feed_is_paused_by_keyboard_on_a_phone_and_the_page_follows_by_itself(
    page: Page, live_server: LiveServer, olga: User, feed: ReplayFeed
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/login/?next=/operations/")
    page.fill("#id_username", "olga")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    feeds = page.locator("#feeds")
    expect(feeds).to_contain_text("demo")
    page.wait_for_load_state()  # a page is as wide as it is meant to be once its styles are there
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0

    page.get_by_role("link", name="Pause: demo").press("Enter")
    page.get_by_label("Why?").fill("the exchange halted")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("demo is paused.")
    expect(feeds).to_contain_text("paused")
    assert AuditEvent.objects.get(event="replay_paused").reason == "the exchange halted"
    ReplayFeed.objects.update(finished_at=utc_now(), paused=False)
    expect(feeds).to_contain_text("at its end", timeout=30_000)
