"""Adding a receiver, sending it a test and looking at what came of it, on a phone, by keyboard."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from streams.models import Delivery, Destination, Stream
from tests.deliveries.conftest import Clockwork
from tests.deliveries.receiver import Receiver, receiving
from tests.factories import PASSWORD
from tests.streams.conftest import Publish, entitled, now, publish, script, stream

__all__ = ["entitled", "now", "publish", "script", "stream"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fits(page: Page) -> bool:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth")) <= 0


def see(page: Page, name: str, directory: Path) -> None:
    """Look that nothing sticks out, and keep a picture."""
    assert fits(page), name
    page.screenshot(path=directory / f"{name}.png", full_page=True)


def test_somebody_adds_a_receiver_tests_it_and_sends_again_what_failed(
    page: Page,
    live_server: LiveServer,
    sam: User,
    entitled: Any,
    stream: Stream,
    publish: Publish,
    now: datetime,
    settings: Settings,
    tmp_path: Path,
) -> None:
    settings.DELIVERY_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/login/?next=/deliveries/")
    page.fill("#id_username", "sam")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing goes anywhere yet")).to_be_visible()
    see(page, "empty", tmp_path)

    with receiving() as receiver:
        secret = add_receiver(page, receiver, tmp_path)
        page.get_by_role("button", name="Deliver it").press("Enter")
        expect(page.get_by_text("delivered from its next output on")).to_be_visible()
        page.get_by_role("button", name="Send a test").press("Enter")
        expect(page.get_by_text("The test is on its way")).to_be_visible()
        publish(1)
        sender = Clockwork(now)
        try:
            sender.later(minutes=1)
            destination = Destination.objects.get()
            Delivery.objects.filter(kind="single").update(state="failed", error="Refused.")
            page.goto(f"{live_server.url}/deliveries/{destination.pk}/")
            expect(page.get_by_text("healthy")).to_be_visible()
            see(page, "destination", tmp_path)
            page.get_by_role("link", name="One output of Momentum on IBM").press("Enter")
            expect(page.get_by_text('"seq": 1,')).to_be_visible()
            see(page, "delivery", tmp_path)
            page.get_by_role("button", name="Send it again").press("Enter")
            expect(page.get_by_text("It is being sent again")).to_be_visible()
            sender.later(minutes=1)
        finally:
            sender.courier.stop()

        types = [request.verified_with(secret)["type"] for request in receiver.requests]
        assert sorted(types) == ["signal.output", "signal.output", "signal.test"]

    page.goto(f"{live_server.url}/deliveries/{destination.pk}/")
    page.get_by_role("link", name="Remove …").press("Enter")
    see(page, "remove", tmp_path)
    page.get_by_role("button", name="Yes, remove it").press("Enter")
    expect(page.get_by_role("heading", name="Nothing goes anywhere yet")).to_be_visible()


def add_receiver(page: Page, receiver: Receiver, directory: Path) -> str:
    """Add a webhook and return the secret that the page shows."""
    page.get_by_role("link", name="Add your first destination …").press("Enter")
    page.get_by_role("radio", name="A program of yours").press("Space")
    page.get_by_label("Name", exact=True).fill("My robot")
    page.get_by_label("URL or e-mail address").fill("ftp://example.com/")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Write the URL of your receiver")).to_be_visible()
    see(page, "refused", directory)
    page.get_by_label("URL or e-mail address").fill(receiver.url)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copy it now.")).to_be_visible()
    page.locator("summary").press("Enter")
    see(page, "secret", directory)
    secret = page.get_by_label("Secret").input_value()
    page.get_by_role("link", name="I have copied it").press("Enter")
    return secret
