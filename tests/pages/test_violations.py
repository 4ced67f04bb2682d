"""Suspensions, alerts, behaviour and tiers as people see them, in a real browser."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from common.clock import utc_now
from execution.models import AlertKind
from execution.services import alerts, totals
from registry.models import Script, ScriptVersion
from registry.services.behaviour import Behaviour, record_behaviour
from registry.services.suspension import lift_suspension, suspend_version
from streams.models import Stream
from tests.browser import PageRecord
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REASON = "A run ended as violation: the script made a system call that only an attack makes."
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def suspended(script: Script) -> ScriptVersion:
    version = script.versions.get()
    now = utc_now()
    seen = Behaviour(
        runs=204,
        outcomes=Counter(ok=180, timeout=20, error=3, violation=1),
        limits_hit=Counter(wall_seconds=14, cpu_seconds=6),
        reads=Counter(market_data=204, metric=12),
        calls=216,
        memory_mb=96.4,
        cpu_ms=2004.5,
        duration_ms=5003.2,
        violation=version.pk,
    )
    record_behaviour(version.pk, seen, now=now)
    suspend_version(version, reason=REASON, execution_id=version.pk, now=now)
    alerts.raise_alert(AlertKind.VIOLATION, version, REASON, now=now)
    alerts.raise_alert(AlertKind.QUARANTINE, "worker-2", "Not proven: landlock.", now=now)
    return version


def sign_in(page: Page, server: LiveServer, user: User) -> None:
    page.goto(f"{server.url}/login/")
    page.fill("input[name=username]", user.username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def look(page: Page, name: str) -> None:
    """Hold that nothing is wider than the page, on a desk and on a phone, light and dark."""
    folder = os.environ.get("SCREENSHOTS")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for size in (DESK, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            assert page.evaluate(OVERFLOW) <= 0, (name, size)
            if folder:
                shot = Path(folder) / f"{name}-{scheme}-{size['width']}.png"
                page.screenshot(path=shot, full_page=True)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]


def test_an_operator_is_paged_looks_lifts_and_acknowledges(
    live_server: LiveServer, page: Page, olga: User, suspended: ScriptVersion
) -> None:
    totals.publish()
    sign_in(page, live_server, olga)
    page.goto(f"{live_server.url}/admin/")
    page.get_by_text("What each machine").click()
    banner = page.get_by_role("alert", name="Alerts")
    expect(banner).to_contain_text(REASON)
    look(page, "overview")

    page.get_by_role("link", name="Violation: Relative strength index").click()
    expect(page.get_by_text("nothing of it starts")).to_be_visible()
    expect(page.locator("#behaviour")).to_contain_text("wall seconds 14")
    look(page, "version")

    page.fill("#id_note", "Looked at it: a fault of ours.")
    page.get_by_role("button", name="Lift suspension").click()
    expect(page.get_by_role("heading", name="Lift suspension of Relative")).to_be_visible()
    look(page, "confirm")
    page.get_by_role("button", name="Yes, lift suspension").click()
    expect(page.get_by_text("runs again.")).to_be_visible()

    page.goto(f"{live_server.url}/admin/")
    page.get_by_role("button", name="Acknowledge violation").click()
    expect(banner).not_to_contain_text(REASON)
    expect(banner).to_contain_text("worker-2")
    suspended.refresh_from_db()
    assert not suspended.is_suspended


def test_a_subscriber_sees_on_the_live_page_that_it_does_not_run(
    live_server: LiveServer,
    page: Page,
    page_record: PageRecord,
    sam: User,
    olga: User,
    stream: Stream,
    suspended: ScriptVersion,
) -> None:
    page_record.tolerate("WebSocket connection")  # nobody serves sockets here
    page.clock.install()
    sign_in(page, live_server, sam)

    page.goto(f"{live_server.url}/dashboard/{suspended.script_id}/")

    expect(page.locator(".pane")).to_have_attribute("aria-busy", "false")
    notice = page.locator(".suspension")
    expect(notice).to_contain_text("Relative strength index 1.0.0 is suspended since")
    look(page, "live")

    lift_suspension(suspended, reason="A fault of ours.", acting_user=olga, now=utc_now())
    page.clock.fast_forward("01:00")
    expect(notice).to_be_hidden()


@pytest.mark.usefixtures("platform_house")
def test_an_operator_of_the_platform_reads_and_changes_the_tiers(
    live_server: LiveServer, page: Page, olga: User
) -> None:
    sign_in(page, live_server, olga)
    page.goto(f"{live_server.url}/admin/accounts/tier/")
    look(page, "tiers")

    page.get_by_role("link", name="free").click()
    look(page, "tier")
    page.fill("#id_run_memory_mb", "4096")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("SANDBOX_MEMORY_MB")).to_be_visible()
    page.fill("#id_run_memory_mb", "320")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
