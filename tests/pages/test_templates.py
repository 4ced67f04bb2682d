"""What every page obeys: no inline style or script, nothing from another origin."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = [
    path
    for path in sorted((ROOT / "static").rglob("*"))
    if path.suffix in {".js", ".css", ".svg"} and "vendor" not in path.parts
]
INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc=)", re.IGNORECASE),
}
LOADED = re.compile(r"""(?:src|href|url|import|from)\s*[=(]?\s*["'](?:https?:)?//([^"'/]+)""")
LINKED_ONLY = {  # followed, never loaded
    "www.tradingview.com",  # the credit in the footer
    "www.standardwebhooks.com",  # what a receiver's signature is checked by
}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_template_has_nothing_inline(path: Path) -> None:
    text = path.read_text()

    assert [name for name, pattern in INLINE.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", [*TEMPLATES, *STATIC], ids=_name)
def test_nothing_is_loaded_from_another_origin(path: Path) -> None:
    assert set(LOADED.findall(path.read_text())) <= LINKED_ONLY


def test_scripts_never_write_markup() -> None:
    scripts = {path.name: path.read_text() for path in STATIC if path.suffix == ".js"}

    # The one exception swaps in a part that the server rendered and escaped.
    assert [name for name, text in scripts.items() if "innerHTML" in text] == ["rendered_part.js"]


@pytest.mark.django_db
def test_pages_forbid_inline_and_foreign_code(client: Client) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_every_page_carries_the_credit_and_the_notice_on_prices(client: Client) -> None:
    text = client.get("/login/").content.decode()

    assert 'href="https://www.tradingview.com/"' in text
    assert "not adjusted for splits" in text
