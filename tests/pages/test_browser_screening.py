"""The findings of a screening on a version's page, in a real browser."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from execution.services.evidence import screen_waiting_versions
from registry.models import ScriptVersion
from tests import factories
from tests.factories import NOON

pytestmark = [
    pytest.mark.browser,
    pytest.mark.sandbox,
    pytest.mark.django_db(transaction=True),
]

PHONE = {"width": 390, "height": 844}
HOSTILE = """\
import os

# </section><script>alert("owned")</script>
def compute(data, params):
    ahead = data["close"].shift(-1)
    name = "</p><img src=x onerror=alert(1)>__class__" + "a_word_without_an_end" * 3
    x = type(ahead)
    return (data["close"] - data["close"].mean()) / ahead
"""


def open_version(page: Page, live_server: LiveServer, user: User, version: ScriptVersion) -> None:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"{live_server.url}/admin/registry/scriptversion/{version.pk}/change/")


def test_a_finding_leads_to_its_line_on_a_phone_as_well(
    live_server: LiveServer, page: Page, ada: User, rita: User
) -> None:
    version = factories.make_submitted_version(ada, name="Hostile", source=HOSTILE)
    screen_waiting_versions(now=NOON)

    for size in ({"width": 1280, "height": 800}, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        open_version(page, live_server, rita, version)
        expect(page.locator("#screening h2")).to_contain_text("danger")
        page.locator("#screening a", has_text="line 5").first.click()
        expect(page.locator("#line-5")).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_author_asks_for_a_screening(live_server: LiveServer, page: Page, ada: User) -> None:
    draft = factories.make_draft(ada, name="Draft", source="result = 1\n")
    open_version(page, live_server, ada, draft)

    page.get_by_role("button", name="Screen").click()
    expect(page.locator("#screening")).to_contain_text("Pending")
    screen_waiting_versions(now=NOON)
    page.reload()

    expect(page.locator("#screening")).to_contain_text("Nothing was found")
