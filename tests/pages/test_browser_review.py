"""A review by keyboard, on a phone, and while the evidence is still being made."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from common.clock import utc_now
from execution.models import Trial
from market.models import Instrument
from registry.models import ReviewComment, ScriptVersion
from registry.services import drafts, review
from registry.services.screening import keep_screening
from tests import factories
from tests.browser import PATIENCE_MS
from tests.factories import NOON
from tests.pages.conftest import FIRST_SESSION

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}
HOSTILE = "</td></tr></table><script>alert(1)</script><img src=x onerror=alert(1)>"
BEFORE = "\n".join(f"line_{number} = {number}" for number in range(1, 60)) + "\n"
AFTER = BEFORE.replace("line_30 = 30\n", f"line_30 = data['close'].shift(-1)  # {HOSTILE}\n")
LINE = 30


@pytest.fixture
def version(ada: User, rita: User, instrument: Instrument) -> ScriptVersion:
    """Submit a change that looks ahead, with its findings, its evidence and a run to draw."""
    first = factories.make_published_version(ada, rita, name=f"Ahead {HOSTILE}", source=BEFORE)
    changed = drafts.edit_draft(
        first.script, source=AFTER, release_note=HOSTILE, acting_user=ada, now=NOON
    )
    review.submit_for_review(changed, acting_user=ada, now=NOON)
    keep_screening(
        changed,
        findings=[
            {
                "category": "look_ahead",
                "level": "danger",
                "rule": "look_ahead.negative_shift",
                "line": LINE,
                "column": 1,
                "message": f"shift(-1) {HOSTILE} " + "a_word_without_an_end" * 9,
                "fix": "Shift by a positive number of bars.",
            }
        ],
        worst_level="danger",
        facts={"modules": ["numpy", HOSTILE], "reads": [], "functions": []},
        rules_sha256="a" * 64,
        now=NOON,
    )
    run = factories.evidence_report()["trials"][0]
    factories.record_evidence(
        changed, verdict="looks_ahead", trials=[{**run, "trial_id": str(make_trial(changed).pk)}]
    )
    return changed


def make_trial(version: ScriptVersion) -> Trial:
    output = {
        "bar": FIRST_SESSION.isoformat(),
        "timestamp": FIRST_SESSION.isoformat(),
        "value": 1.5,
        "metadata": {"side": "buy"},
    }
    return Trial.objects.create(
        version=version,
        purpose="evidence",
        status="completed",
        source=version.source,
        source_sha256=version.source_sha256,
        manifest=version.manifest,
        instrument_key="IBM",
        timeframe="1d",
        bars=3,
        outputs=[output],
        requested_by=version.author,
        requested_at=utc_now(),
        finished_at=utc_now(),
    )


def open_page(page: Page, live_server: LiveServer, user: User, path: str) -> None:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"{live_server.url}{path}")


def page_of(version: ScriptVersion) -> str:
    return reverse("admin:registry_scriptversion_change", args=[version.pk])


def test_a_review_by_keyboard_from_the_queue_to_the_approval(
    live_server: LiveServer, page: Page, ada: User, rita: User, version: ScriptVersion
) -> None:
    factories.record_evidence(factories.make_submitted_version(ada, name="Harmless"))
    queue = reverse("admin:registry_scriptversion_changelist") + "?queue=review"
    open_page(page, live_server, rita, queue)
    first = page.locator("#result_list .field-title a").first
    expect(first).to_contain_text("Ahead")
    first.press("Enter")
    expect(page.locator(".queue-place")).to_have_text(
        "1 of 2 waiting for review", timeout=PATIENCE_MS
    )
    page.wait_for_load_state()

    page.keyboard.press("j")
    expect(page.locator("#announcer")).to_contain_text("changed line")
    page.keyboard.press("j")
    expect(page.locator("#announcer")).to_contain_text(f"finding, line {LINE}")
    expect(page.locator(":focus")).to_be_in_viewport()
    page.keyboard.press("c")
    page.keyboard.type("Where does tomorrow come from?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    comment = page.locator("article.comment")
    expect(comment).to_contain_text("Where does tomorrow come from?", timeout=PATIENCE_MS)
    page.wait_for_load_state()
    assert ReviewComment.objects.get().line == LINE

    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
    page.keyboard.press("?")
    page.keyboard.press("n")
    expect(page.locator("h1")).to_contain_text("Harmless", timeout=PATIENCE_MS)
    page.wait_for_load_state()
    page.keyboard.press("n")
    expect(page.locator("h1")).to_contain_text("Ahead", timeout=PATIENCE_MS)
    page.wait_for_load_state()
    page.keyboard.press("a")
    # The browser asks for the checklist before anything is sent.
    expect(page.locator("#decision input:focus")).to_have_attribute("value", "source")
    for box in page.locator("#decision input[type=checkbox]").all():
        box.press("Space")
    page.get_by_label("Note").fill("The label says it.")
    page.locator("[data-step=approve]").focus()
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Yes, approve")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Everybody who can use it sees the label")).to_be_visible()
    page.get_by_role("button", name="Yes, approve").press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("is approved", timeout=PATIENCE_MS)

    version.refresh_from_db()
    assert (version.status, version.repaints, version.approved_by) == ("approved", True, rita)
    assert len(version.reviews.get().checklist) == 5


def test_nothing_of_a_hostile_author_runs_and_a_phone_shows_all_of_it(
    live_server: LiveServer, page: Page, rita: User, version: ScriptVersion
) -> None:
    violations: list[str] = []
    page.on("dialog", lambda dialog: violations.append(dialog.message))
    for size in ({"width": 1280, "height": 800}, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        open_page(page, live_server, rita, page_of(version))
        page.locator(".trial-chart").scroll_into_view_if_needed()
        expect(page.locator(".trial-chart canvas").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator(".trial-legend")).to_contain_text("close 82")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("#content-main img").count() == 0
        expect(page.locator("#line-30 .text")).to_contain_text("<script>alert(1)</script>")

    folded = page.locator("#line-5")
    expect(folded).to_be_hidden()
    page.get_by_role("button", name=re.compile("unchanged lines")).first.click()
    expect(folded).to_be_visible()
    assert violations == []


def test_the_page_refreshes_itself_when_the_evidence_is_there_unless_somebody_writes(
    live_server: LiveServer, page: Page, ada: User, rita: User
) -> None:
    fresh = factories.make_submitted_version(ada, name="Fresh")
    open_page(page, live_server, rita, page_of(fresh))
    expect(page.locator("[data-step=approve]")).to_be_disabled()
    page.keyboard.press("a")
    expect(page.locator("#announcer")).to_contain_text("It can be approved once the evidence")

    page.get_by_label("Note").fill("My long note.")
    factories.record_evidence(fresh)
    expect(page.locator("#newer")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_label("Note")).to_have_value("My long note.")
    page.locator("#newer a").click()
    expect(page.locator("[data-step=approve]")).to_be_enabled(timeout=PATIENCE_MS)

    keep_screening(fresh, findings=[], worst_level="", rules_sha256="a" * 64, now=NOON)
    expect(page.locator("#screening")).to_contain_text("Nothing was found", timeout=PATIENCE_MS)
