"""The page of a version policy in a real browser: without a mouse, on a phone, by confirmation."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from registry import queries
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_policy_is_set_with_the_keyboard_on_a_phone(
    live_server: LiveServer, page: Page, ada: User, rita: User
) -> None:
    script = factories.make_published_version(ada, rita, name="RSI").script
    factories.publish_next_version(script, rita, version="2.0.0", release_note="Other sides.")
    client = Client()
    client.force_login(ada)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(live_server.url + reverse("admin:registry_script_policy", args=[script.pk]))

    expect(page.locator("#recommendation")).to_contain_text("2.0.0 began a new major version")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Locked: exactly one").focus()
    page.keyboard.press("Space")
    page.get_by_label("Locked to").select_option("1.0.0")
    page.get_by_role("button", name="Set the policy …").press("Enter")
    expect(page.locator("form.decision")).to_contain_text("2.0.0 → 1.0.0")
    page.get_by_role("button", name="Yes, set the policy").press("Enter")

    expect(page.locator(".messagelist")).to_contain_text("locked to 1.0.0")
    assert queries.published_version(script).version == "1.0.0"
