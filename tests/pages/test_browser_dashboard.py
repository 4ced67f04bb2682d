"""The live page in a real browser, on the real live process and relay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from playwright.sync_api import Page, Response, expect

from accounts.models import User
from common.clock import utc_now
from market.models import Instrument
from registry.models import Script
from registry.services import entitlements
from streams import voices
from streams.models import Stream
from streams.publishing import NewOutput, publish_outputs, stream_for
from tests import factories
from tests.browser import PATIENCE_MS, PageRecord
from tests.factories import PASSWORD
from tests.flows.processes import Platform, running
from tests.pages.conftest import FIRST_SESSION, add_bar, publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = "</option><img src=x onerror='window.hacked=1'>{{ 7*7 }}"
SCRIPT_BYTES_AT_MOST = 340_000  # before compression; two thirds of it is the chart library
LAYOUT_SHIFT = """() => new Promise((done) => new PerformanceObserver((list) => done(
    list.getEntries().reduce((sum, entry) => sum + (entry.hadRecentInput ? 0 : entry.value), 0)
)).observe({ type: "layout-shift", buffered: true }) ?? setTimeout(() => done(0), 500))"""
SERVER_IS_GONE = ("ERR_CONNECTION_REFUSED", "WebSocket connection to", "Failed to load resource")


@pytest.fixture
def platform(stream: Stream, tmp_path: Path) -> Iterator[Platform]:
    """Run what a page needs to see outputs arrive; asked for before ``page``, it ends after it."""
    with running(tmp_path, "relay", "live") as started:
        yield started


def open_dashboard(page: Page, platform: Platform, *, username: str = "sam") -> None:
    page.goto(f"{platform.url}/dashboard/")
    sign_in(page, username=username)
    expect(page.locator("#connection")).to_have_text("Live", timeout=PATIENCE_MS)


def sign_in(page: Page, *, username: str = "sam") -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


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
        more = {"side": "sell"} if session == 4 else {}
        publish(stream, session, 40.0 + session, **more)
    platform.start("live")

    expect(page.locator("#connection")).to_have_text("Resumed, 3 caught up", timeout=30_000)
    notice = page.get_by_text("You missed 1 signal among 3 outputs while away.")
    expect(notice).to_be_visible()
    expect(page.locator("#output-list li")).to_have_count(6)
    assert rows(page) == ["45", "44", "43", "31", "35", "48"]
    expect(page.locator("#market-time")).to_have_text("2003-05-06")
    expect(page.locator("#output-list .missed")).to_have_count(3)
    page.keyboard.press("m")
    expect(page.locator("#output-list li").filter(has_text="43")).to_be_focused()
    page.get_by_role("button", name="I have seen them").click()
    expect(notice).to_be_hidden()


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


def test_several_scripts_are_followed_at_once_whatever_they_are_called(
    platform: Platform, page: Page, stream: Stream, script: Script, ada: User, rita: User, sam: User
) -> None:
    version = factories.make_published_version(ada, rita, name=HOSTILE)
    factories.make_entitlement(version.script, sam)
    hostile = stream_for(version.script, "IBM", "1d", {})
    publish(hostile, 2, 12.5, side="buy", reason=HOSTILE)
    page.goto(f"{platform.url}/login/?next=/dashboard/{script.pk}/")
    sign_in(page)
    expect(page.locator("#connection")).to_have_text("Live", timeout=PATIENCE_MS)

    page.keyboard.press("a")
    page.locator("#add").get_by_label("Script").select_option(index=0)
    page.get_by_label("lines over the first chart").check()
    page.get_by_role("button", name="Follow", exact=True).click()
    row = page.locator("#watch-list li").filter(has_text=HOSTILE)
    expect(row).to_contain_text("▲ 12.5")
    expect(page.locator(".legend")).to_contain_text(f"{HOSTILE} IBM: value 12.5")
    expect(page.locator(".pane")).to_have_count(1)

    publish(hostile, 3, 13.5, side="sell", reason="first")
    publish(hostile, 4, 14.5)
    expect(row.locator("b")).to_have_text("14.5")
    expect(row.locator(".badge")).to_have_text("2")  # that nobody looked at yet
    row.locator("select").select_option("pane", force=True)
    expect(page.locator(".pane")).to_have_count(2)
    expect(page.locator("#outputs-of")).to_have_text(f"{HOSTILE} on IBM")
    expect(page.locator("#output-list li").first).to_contain_text("▼ Sell")
    expect(page.locator("#output-list li").last).to_contain_text(HOSTILE)

    page.reload()
    expect(page.locator(".pane")).to_have_count(2)
    page.keyboard.press("n")
    expect(page.locator(".pane").nth(1)).to_be_focused()
    page.get_by_role("button", name="Close this chart").last.click()
    expect(page.locator("#watch-list li")).to_have_count(1)
    assert page.evaluate("window.hacked") is None


def test_a_signal_that_may_still_change_a_silence_and_what_a_person_prefers(
    platform: Platform, page: Page, stream: Stream
) -> None:
    open_dashboard(page, platform)
    opened_at = FIRST_SESSION + timedelta(days=2)
    forming = NewOutput(
        value=29.0, timestamp=opened_at, metadata={"side": "sell", "reason": "so far"}
    )
    with transaction.atomic():
        publish_outputs(stream, [forming], bar_opened_at=opened_at, confirmed=False)
    first = page.locator("#output-list li").first
    expect(first).to_contain_text("▽ Sell")
    expect(first).to_contain_text("may still change")
    expect(page.locator("#announcer")).to_be_empty()
    publish(stream, 2, 30.0, side="sell", reason="for good")
    expect(first).to_contain_text("▼ Sell")
    expect(page.locator("#output-list li")).to_have_count(2)

    age = page.locator('[data-part="age"]')
    due = utc_now() - timedelta(seconds=3)
    voices.tell_silences([(stream.key, due, FIRST_SESSION)])
    expect(age).to_contain_text("should have spoken by")
    expect(page.locator('.pane[data-freshness="stale"]')).to_have_count(1)
    publish(stream, 3, 31.0)
    expect(page.locator('.pane[data-freshness="fresh"]')).to_have_count(1)

    page.keyboard.press("f")
    page.keyboard.type("above 30")
    expect(page.locator("#output-list li")).to_have_count(1)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="What the list shows").click()
    assert download.value.suggested_filename == "relative-strength-index-ibm-as-shown.csv"
    assert len(Path(download.value.path()).read_text().splitlines()) == 2
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="All of its history").first.click()
    assert len(Path(download.value.path()).read_text().splitlines()) == 1 + 6

    page.get_by_role("button", name="Display").click()
    page.get_by_label("Colours").select_option("safe")
    page.get_by_label("Single keys").select_option("off")
    page.get_by_role("button", name="Close", exact=True).click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-colours", "safe")
    expect(page.locator("#connection")).to_have_text("Live")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_hidden()


def test_the_first_load_is_light_and_nothing_jumps(platform: Platform, page: Page) -> None:
    open_dashboard(page, platform)
    bodies: list[int] = []
    page.on("response", lambda reply: bodies.append(weight(reply)))

    page.reload()
    expect(page.locator("#connection")).to_have_text("Live")
    page.wait_for_function("performance.getEntriesByName('first-candle').length === 1")

    assert 0 < sum(bodies) < SCRIPT_BYTES_AT_MOST
    assert page.evaluate(LAYOUT_SHIFT) < 0.05


def weight(reply: Response) -> int:
    """Return how many bytes of script a reply brought."""
    is_script = "javascript" in reply.headers.get("content-type", "")
    return int(reply.headers.get("content-length", 0)) if is_script else 0


def fits_the_screen(page: Page) -> bool:
    """Tell whether nothing of the page lies beyond the right edge."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
