"""The live page in a real browser, on the real live process and relay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from common.clock import utc_now
from market.models import Instrument
from registry.models import Script
from registry.services import entitlements
from streams.models import Stream
from tests.browser import PageRecord
from tests.factories import PASSWORD
from tests.flows.processes import Platform, running
from tests.pages.conftest import FIRST_SESSION, add_bar, publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SERVER_IS_GONE = ("ERR_CONNECTION_REFUSED", "WebSocket connection to", "Failed to load resource")


@pytest.fixture
def platform(stream: Stream, tmp_path: Path) -> Iterator[Platform]:
    """Run what a page needs to see outputs arrive; asked for before ``page``, it ends after it."""
    with running(tmp_path, "relay", "live") as started:
        yield started


def open_dashboard(page: Page, platform: Platform, *, username: str = "sam") -> None:
    page.goto(f"{platform.url}/dashboard/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#connection")).to_have_text("Live")


def rows(page: Page) -> list[str]:
    return page.locator("#output-list li b").all_inner_texts()


def test_a_subscriber_sees_the_chart_the_signals_and_what_arrives(
    platform: Platform, page: Page, stream: Stream
) -> None:
    open_dashboard(page, platform)
    expect(page.locator("#output-list li")).to_have_count(1)
    expect(page.locator("#output-list li")).to_contain_text("RSI back above 30")
    expect(page.locator("#market-time")).to_have_text("2003-05-03")
    expect(page.locator(".legend")).to_contain_text("82.00")
    assert page.locator(".chart canvas").count() > 0

    add_bar("IBM", FIRST_SESSION + timedelta(days=3), close=90.0)
    publish(stream, 3, 72.0, side="sell", reason="RSI back below 70")

    expect(page.locator("#output-list li").first).to_contain_text("▼ Sell")
    expect(page.locator("#output-list li")).to_have_count(2)
    expect(page.locator("#market-time")).to_have_text("2003-05-04")
    expect(page.locator(".legend")).to_contain_text("90.00")
    expect(page.locator('[data-part="age"]')).to_have_text(re.compile(r"last output \d s ago"))
    expect(page.locator("#announcer")).to_have_text("Sell IBM. RSI back below 70")


def test_on_a_phone_nothing_is_wider_than_the_screen_and_the_table_says_what_the_chart_shows(
    platform: Platform, page: Page, page_record: PageRecord
) -> None:
    page_record.tolerate("404")
    page.set_viewport_size({"width": 390, "height": 844})
    open_dashboard(page, platform)

    page.get_by_role("button", name="All outputs").click()
    page.locator("#table-view summary").click()

    expect(page.locator("#output-list li")).to_have_count(3)
    assert rows(page) == ["31", "35", "48"]
    newest = page.locator("#table-view tbody tr").first
    expect(newest).to_contain_text("2003-05-03")
    expect(newest).to_contain_text("buy")
    assert fits_the_screen(page)
    for path in ("/", "/login/", "/nowhere"):
        page.goto(platform.url + path)
        assert fits_the_screen(page), path


def test_after_the_live_process_was_killed_nothing_is_missing_and_nothing_doubled(
    platform: Platform, page: Page, page_record: PageRecord, stream: Stream
) -> None:
    for text in SERVER_IS_GONE:
        page_record.tolerate(text)
    open_dashboard(page, platform)
    page.get_by_role("button", name="All outputs").click()
    expect(page.locator("#output-list li")).to_have_count(3)

    platform.kill("live")
    expect(page.locator("#connection")).to_have_text(re.compile("Reconnecting in"))
    for session in (3, 4, 5):
        add_bar("IBM", FIRST_SESSION + timedelta(days=session))
        publish(stream, session, 40.0 + session)
    platform.start("live")

    expect(page.locator("#connection")).to_have_text("Resumed, 3 caught up", timeout=30_000)
    expect(page.locator("#output-list li")).to_have_count(6)
    assert rows(page) == ["45", "44", "43", "31", "35", "48"]
    expect(page.locator("#market-time")).to_have_text("2003-05-06")


def test_a_revocation_ends_the_stream_with_a_clear_word(
    platform: Platform,
    page: Page,
    page_record: PageRecord,
    stream: Stream,
    script: Script,
    ada: User,
    sam: User,
) -> None:
    page_record.tolerate("403")
    open_dashboard(page, platform)

    entitlements.revoke(script, sam, acting_user=ada, now=utc_now(), reason="ended")

    ending = page.get_by_role("alert").filter(has_text="This chart has stopped")
    expect(ending).to_contain_text("Your entitlement to this script was revoked.")
    expect(page.locator('[data-part="age"]')).to_have_text("Ended")
    publish(stream, 3, 72.0, side="sell")
    page.wait_for_timeout(1500)
    expect(page.locator("#output-list li")).to_have_count(1)


def test_by_keyboard_another_instrument_is_chosen_and_started(
    platform: Platform, page: Page
) -> None:
    Instrument.objects.create(
        key="MSFT",
        name="Microsoft",
        kind="equity",
        currency="USD",
        exchange="NASDAQ",
        timezone="America/New_York",
        created_at=utc_now(),
    )
    add_bar("MSFT", FIRST_SESSION)
    open_dashboard(page, platform)

    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
    page.keyboard.press("?")
    page.keyboard.press("/")
    page.keyboard.type("ms")
    expect(page.get_by_role("link", name="IBM")).to_be_hidden()
    page.keyboard.press("Enter")

    expect(page.locator(".offer")).to_contain_text("Not running on MSFT")
    expect(page.locator("#connection")).to_have_text("Not subscribed")
    assert page.url.endswith("?instrument=MSFT")

    page.get_by_role("button", name="Run on every bar").click()
    expect(page.locator(".offer")).to_be_hidden()
    expect(page.locator("#connection")).to_have_text("Live")
    expect(page.locator("#output-empty")).to_contain_text("Waiting for the next bar")

    page.keyboard.press("ArrowLeft")
    expect(page.locator("#output-list li")).to_have_count(1)
    assert page.url.endswith("?instrument=IBM")


def fits_the_screen(page: Page) -> bool:
    """Tell whether nothing of the page lies beyond the right edge."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
