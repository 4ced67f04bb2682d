"""The tests' browser is real, and its fixture notices what a page must not do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import PageRecord, watch
from tests.browser_location import NoBrowser, browsers_from_npm, candidates, find_chromium

pytestmark = pytest.mark.browser

PAGES = {
    "/": "<title>Fine</title><h1>Fine</h1>",
    "/error": "<script>console.error('it went wrong')</script>",
    "/exception": "<script>throw new Error('nobody caught it')</script>",
    "/foreign": "<img src='http://127.0.0.2:9/pixel.png'>",
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"<!doctype html><link rel=icon href=data:,>{PAGES[self.path]}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def complaints_about(chromium: Browser, url: str) -> list[str]:
    record = PageRecord()
    page = chromium.new_page()
    watch(page, record)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.close()
    return record.complaints()


def test_a_page_can_be_looked_at(page: Page, site: str, tmp_path: Path) -> None:
    page.goto(site)

    assert page.title() == "Fine"
    assert page.screenshot(path=tmp_path / "page.png").startswith(b"\x89PNG")


def test_an_error_on_the_console_is_a_complaint(chromium: Browser, site: str) -> None:
    [complaint] = complaints_about(chromium, f"{site}/error")

    assert "it went wrong" in complaint


def test_an_exception_nobody_caught_is_a_complaint(chromium: Browser, site: str) -> None:
    [complaint] = complaints_about(chromium, f"{site}/exception")

    assert "nobody caught it" in complaint


def test_a_request_to_another_origin_is_a_complaint(chromium: Browser, site: str) -> None:
    complaints = complaints_about(chromium, f"{site}/foreign")

    assert any("127.0.0.2:9" in complaint for complaint in complaints)


def test_an_error_caused_on_purpose_can_be_tolerated() -> None:
    record = PageRecord()
    record.note_error("console: the socket was closed")

    record.tolerate("socket was closed")

    assert record.complaints() == []


def test_the_browser_of_the_npm_package_starts() -> None:
    versions = [command.version_or_none() for command in browsers_from_npm()]

    assert any(version is not None and "Chrom" in version for version in versions)


def test_a_browser_named_in_the_environment_is_the_only_candidate() -> None:
    [command] = candidates({"CHROME_PATH": "/opt/chrome"})

    assert command.path == Path("/opt/chrome")


def test_a_browser_that_does_not_start_is_said_and_never_skipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHROME_PATH", "/bin/false")

    with pytest.raises(NoBrowser, match="CHROME_PATH"):
        find_chromium()
