"""Enrolling a second factor and signing in with it in a real browser, on a phone, by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts import totp
from accounts.models import SecondFactor, User
from common.clock import utc_now
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def code_of(secret: str) -> str:
    return totp.code_at(secret, totp.step_of(utc_now()))


def sign_in(page: Page, live_server: LiveServer, then: str) -> None:
    page.goto(f"{live_server.url}/login/?next={then}")
    page.fill("#id_username", "olga")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")


def test_staff_enrol_when_they_must_and_sign_in_with_the_code(
    page: Page, live_server: LiveServer, olga: User, settings: Settings
) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    page.set_viewport_size({"width": 390, "height": 844})

    sign_in(page, live_server, "/admin/")
    expect(page.get_by_text("Set it up first.")).to_be_visible()
    page.get_by_role("button", name="Set it up").press("Enter")
    drawn = page.locator(".qr svg")
    expect(drawn).to_be_visible()
    size = drawn.bounding_box()
    page.locator("summary").press("Enter")
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.fill("#id_code", code_of(secret))
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes li").first.inner_text()
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    page.goto(f"{live_server.url}/admin/")
    assert page.url == f"{live_server.url}/admin/"
    page.goto(f"{live_server.url}/account/")
    page.get_by_role("button", name="Sign out here").press("Enter")
    page.wait_for_url(f"{live_server.url}/")

    SecondFactor.objects.update(last_step=0)  # as if the code's half minute had passed
    sign_in(page, live_server, "/admin/")
    expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    page.fill("#id_code", "000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not right")
    page.fill("#id_code", recovery)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/admin/")

    assert size is not None
    assert size["width"] >= 150
    assert wide <= 0
