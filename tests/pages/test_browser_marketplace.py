"""Buying and leaving in a real browser, on a phone and without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from common.clock import utc_now
from registry.models import ProductSubscription, Script
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press(page: Page, name: str) -> None:
    """Reach a link or button with the keyboard alone, and press Enter."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "document.activeElement.ariaLabel || document.activeElement.innerText"
        )
        if focused.strip() == name:
            page.keyboard.press("Enter")
            return
    pytest.fail(f"{name!r} cannot be reached with the keyboard")


def test_a_buyer_subscribes_and_ends_it_with_the_keyboard_on_a_phone(
    live_server: LiveServer, page: Page, script: Script, carol: User
) -> None:
    factories.make_product(script, name="Momentum", description="x" * 300, now=utc_now())
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/login/?next=/marketplace/")
    page.fill("#id_username", "carol")
    page.fill("#id_password", factories.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Marketplace")).to_be_visible()

    press(page, "Subscribe to Momentum")
    expect(page.get_by_role("heading", name="Subscribe to Momentum?")).to_be_visible()
    press(page, "Yes, subscribe")
    expect(page.get_by_text("You are subscribed to Momentum.")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth")
    press(page, "End the subscription to Momentum")
    expect(page.get_by_role("heading", name="End your subscription to Momentum?")).to_be_visible()
    press(page, "Yes, end it")
    expect(page.get_by_text("Your subscription to Momentum ended.")).to_be_visible()

    assert wide <= 390
    assert ProductSubscription.objects.get().cancelled_by == carol
