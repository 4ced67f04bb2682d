"""What people do, in a real browser, on the real processes."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import User
from common.clock import utc_now
from market.services.bars import record_bars
from registry.models import Script, ScriptVersion
from registry.services import drafts, review
from streams.models import Output
from tests import factories
from tests.browser import PageRecord
from tests.flows.conftest import Demo
from tests.flows.processes import Platform, wait_until
from tests.flows.test_realtime import next_session

pytestmark = [
    pytest.mark.flow,
    pytest.mark.sandbox,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

RSI = "Relative strength index"
PATIENCE_MS = 40_000


def sign_in(page: Page, platform: Platform, username: str, then: str) -> None:
    page.goto(f"{platform.url}/login/?next={then}")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(settings.DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(re.escape(then)))


def confirm(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()
    page.get_by_role("button", name=f"Yes, {label.lower()}").click()


def submitted_next_version(author: User) -> ScriptVersion:
    script = Script.objects.get(name=RSI)
    assert script.current_version is not None
    draft = drafts.edit_draft(
        script,
        source=script.current_version.source + "log('second version')\n",
        release_note="Says so in its log.",
        acting_user=author,
        now=utc_now(),
    )
    return review.submit_for_review(draft, acting_user=author, now=utc_now())


def test_a_reviewer_approves_and_publishes_what_an_author_submitted(
    demo: Demo, platform: Platform, page: Page
) -> None:
    platform.start("live")
    version = submitted_next_version(User.objects.get(username="ada"))
    factories.record_evidence(version)
    address = f"/admin/registry/scriptversion/{version.pk}/change/"

    sign_in(page, platform, "rita", address)
    expect(page.locator("table.diff tr.added")).to_contain_text(["log('second version')"])
    for point in page.locator("input[name=checklist]").all():
        point.check()
    confirm(page, "Approve")
    expect(page.locator(".facts").first).to_contain_text("Approved")
    confirm(page, "Publish")
    expect(page.locator(".facts").first).to_contain_text("Published")

    version.refresh_from_db()
    assert version.status == "published"
    assert Script.objects.get(name=RSI).current_version == version


def test_an_author_is_told_that_somebody_else_must_review(
    demo: Demo, platform: Platform, page: Page
) -> None:
    platform.start("live")
    version = submitted_next_version(User.objects.get(username="ada"))

    sign_in(page, platform, "ada", f"/admin/registry/scriptversion/{version.pk}/change/")

    expect(page.locator(".review-banner.own")).to_contain_text("Somebody else must review this")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)


def test_a_subscriber_watches_signals_arrive_through_a_crash_of_the_live_process(
    demo: Demo, platform: Platform, page: Page, page_record: PageRecord
) -> None:
    platform.start("worker", "realtime", "relay", "live")
    key = demo.stream_key(RSI, "IBM")
    script_id = demo.script(RSI)["id"]

    sign_in(page, platform, "sam", f"/dashboard/{script_id}/?instrument=IBM")
    page.get_by_role("button", name="All outputs").click()
    expect(page.locator("#connection")).to_contain_text("Live", timeout=PATIENCE_MS)
    record_bars([next_session()], now=utc_now())
    expect(page.locator("#output-list li")).to_have_count(2, timeout=PATIENCE_MS)

    # While the process is away the page says so, and the world goes on.
    page_record.tolerate("WebSocket connection to")
    page_record.tolerate("ERR_CONNECTION_REFUSED")
    page_record.tolerate("ERR_CONNECTION_RESET")
    platform.kill("live")
    expect(page.locator("#connection")).to_contain_text("Reconnecting", timeout=PATIENCE_MS)
    for _ in range(3):
        record_bars([next_session()], now=utc_now())
    wait_until(
        lambda: Output.objects.filter(stream__key=key).count() == 5,
        what="three outputs that nobody watched",
        log=platform.log_of("worker"),
    )
    platform.start("live")

    expect(page.locator("#connection")).to_contain_text("Live", timeout=PATIENCE_MS)
    expect(page.locator("#output-list li")).to_have_count(5, timeout=PATIENCE_MS)
    record_bars([next_session()], now=utc_now())
    expect(page.locator("#output-list li")).to_have_count(6, timeout=PATIENCE_MS)
    shown = page.locator("#output-list li time").all_inner_texts()
    assert len(set(shown)) == 6
