"""A real headless Chromium; ``page`` fails its test on console errors and foreign requests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from tests.browser_location import find_chromium

PATIENCE_MS = 15_000
NETWORK_SCHEMES = frozenset({"http", "https", "ws", "wss"})


@dataclass
class PageRecord:
    """What a page did that it should not have done."""

    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    tolerated: list[str] = field(default_factory=list)

    def tolerate(self, text: str) -> None:
        """Accept errors with this text: the test causes them on purpose."""
        self.tolerated.append(text)

    def note_error(self, text: str) -> None:
        """Remember an error of the page."""
        self.errors.append(text)

    def note_request(self, url: str) -> None:
        """Remember which host was asked for something."""
        address = urlsplit(url)
        if address.scheme in NETWORK_SCHEMES:
            self.hosts.add(address.netloc)

    def complaints(self) -> list[str]:
        """Return what makes the test fail."""
        found = [
            error for error in self.errors if not any(text in error for text in self.tolerated)
        ]
        if len(self.hosts) > 1:
            found.append(f"requests went to more than one origin: {sorted(self.hosts)}")
        return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start one browser for the tests of a file.

    No longer than that: while it runs, nothing else in this thread can run an event loop.
    """
    command = find_chromium()
    # Playwright runs an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=command.path,
            args=list(command.args),
            env={**os.environ, **command.environment},
        )
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page_record() -> PageRecord:
    """Record what the page of a test does; ``tolerate`` names errors caused on purpose."""
    return PageRecord()


@pytest.fixture
def page(chromium: Browser, page_record: PageRecord) -> Iterator[Page]:
    """Open a page of a visitor nobody knows yet, and watch what it does."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    watch(opened, page_record)
    yield opened
    context.close()
    complaints = page_record.complaints()
    if complaints:
        pytest.fail("\n".join(complaints))


def watch(page: Page, record: PageRecord) -> None:
    """Write down the errors and the requests of a page."""

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            record.note_error(f"console: {message.text} ({message.location.get('url')})")

    def note_exception(error: Error) -> None:
        record.note_error(f"exception: {error}")

    page.on("console", note_console)
    page.on("pageerror", note_exception)
    page.on("request", lambda request: record.note_request(request.url))
    page.on("websocket", lambda socket: record.note_request(socket.url))
