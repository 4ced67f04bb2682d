"""Whatever people write, every page shows it as text and nothing of it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.api.world import World
from tests.hostile.pages import pages
from tests.hostile.texts import fields_of_people, poison_everything
from tests.hostile.world import make_hostile_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROLES = ("ada", "rita", "olga", "sam", "root")
RAW = re.compile(rb"<(?:b|i|s|a|u|p|h1|svg|style) data-hostile|<img src=x onerror")
# Counted in the page before anything of it runs.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
FOUND = """() => ({
    ran: "hostileRan" in window,
    drawn: document.querySelectorAll("[data-hostile]").length,
    violations: window.violations,
    shown: document.body.innerText.includes("data-hostile")
        || [...document.querySelectorAll("input,textarea")]
            .some((field) => field.value.includes("data-hostile")),
    wide: document.documentElement.scrollWidth - window.innerWidth,
    widest: [...document.querySelectorAll("body *")]
        .filter((part) => part.getBoundingClientRect().right > window.innerWidth + 1)
        .map((part) => `${part.tagName}.${part.className}`).slice(0, 4),
})"""


@pytest.fixture
def world(transactional_db: None) -> World:
    built = make_hostile_world()
    User.objects.create_superuser("root", password="a long enough passphrase")
    built.people["root"] = User.objects.get(username="root")
    return built


def test_every_field_that_people_write_is_hostile_here(world: World) -> None:
    wanted = {f"{model._meta.label}.{field.name}" for model, field in fields_of_people()}

    assert wanted - poison_everything() == set()


def test_no_page_runs_draws_or_obeys_what_people_wrote(
    world: World, live_server: LiveServer, chromium: Browser
) -> None:
    poison_everything()
    readers, objections = _readers(list(pages(world)), world)
    shown = 0

    for role, page in _signed_in(chromium, live_server, world):
        for address in readers.get(role, ()):
            reply = page.goto(live_server.url + address, wait_until="domcontentloaded")
            found = page.evaluate(FOUND)
            shown += found["shown"]
            if reply is None or reply.status >= 500:
                objections.append(f"{role} {address}: {reply and reply.status}")
            if found["ran"] or found["drawn"] or found["violations"]:
                objections.append(f"{role} {address}: {found}")
            if found["wide"] > 0 and _is_main(address):
                objections.append(
                    f"{role} {address}: {found['wide']} px wider than a phone: {found['widest']}"
                )

    assert not objections, "\n".join(sorted(set(objections)))
    assert shown > 60


def _readers(addresses: list[str], world: World) -> tuple[dict[str, list[str]], list[str]]:
    """Return which pages each role opens in the browser: each page once, the main ones all do.

    Every role asks for every page; what comes back is looked at here already.
    """
    readers: dict[str, list[str]] = {role: [] for role in ROLES}
    objections = []
    unseen = set(addresses)
    for role in ROLES:
        client = Client(raise_request_exception=False)
        client.force_login(world.people[role])
        for address in addresses:
            reply: Any = client.get(address)
            if reply.status_code >= 500:
                objections.append(f"{role} {address}: {reply.status_code}")
            if reply.status_code != 200 or not reply["Content-Type"].startswith("text/html"):
                continue
            if RAW.search(reply.content):
                objections.append(f"{role} {address}: {RAW.findall(reply.content)[:3]} unescaped")
            if address in unseen or _is_main(address):
                readers[role].append(address)
                unseen.discard(address)
    return readers, objections


def _is_main(address: str) -> bool:
    return address in ("/", "/dashboard/", "/admin/", "/api/docs", "/login/") or bool(
        re.fullmatch(r"/dashboard/[^/]+/|/admin/registry/script/[^/]+/draft/", address)
    )


def _signed_in(
    chromium: Browser, live_server: LiveServer, world: World
) -> Iterator[tuple[str, Page]]:
    for role in ROLES:
        client = Client()
        client.force_login(world.people[role])
        context: BrowserContext = chromium.new_context(viewport={"width": 390, "height": 844})
        context.set_default_timeout(15_000)
        context.add_init_script(WATCH)
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        yield role, context.new_page()
        context.close()
