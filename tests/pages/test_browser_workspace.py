"""Writing a script in a real browser: typed, saved, screened, run, and submitted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django_q.brokers import get_broker
from playwright.sync_api import Dialog, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from common.clock import utc_now
from execution.services.evidence import screen_waiting_versions
from registry.editions import edition_of
from registry.models import DraftAutosave, Script, ScriptVersion
from registry.services import autosaves, drafts
from tests import factories
from tests.browser import PATIENCE_MS, PageRecord
from tests.execution.history import load_prices
from tests.execution.queue_worker import working
from tests.factories import NOON

pytestmark = [
    pytest.mark.browser,
    pytest.mark.sandbox,
    pytest.mark.django_db(transaction=True),
]

PHONE = {"width": 390, "height": 844}
HOSTILE = "</script><img src=x onerror=alert(1)><script>alert(1)</script>"
SCHEMA = {
    "type": "object",
    "required": ["label"],
    "properties": {
        "least": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "mode": {"enum": ["plain", HOSTILE, None]},
        "strict": {"type": "boolean", "default": True},
        "label": {"type": "string", "maxLength": 5, "description": HOSTILE},
        "weights": {"type": "array", "default": [1, 2]},
    },
}


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=None)
    get_broker().purge_queue()


def sign_in(page: Page, live_server: LiveServer, user: User) -> None:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]


def open_draft(page: Page, live_server: LiveServer, draft: ScriptVersion) -> None:
    sign_in(page, live_server, draft.author)
    page.goto(live_server.url + reverse("admin:registry_script_draft", args=[draft.script_id]))
    expect(page.locator(".cm-content")).to_be_visible()


def type_on_top(page: Page, text: str) -> None:
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type(text)


def wait_for_save(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_text(re.compile(r"^saved \d\d:\d\d:\d\d$"))
    expect(page.locator("#banner")).to_be_hidden()


def save_elsewhere(draft: ScriptVersion, source: str) -> None:
    """Save a draft as another tab would."""
    autosaves.save_typed(
        draft.script,
        typed={"source": source},
        written={"source": source},
        edition=edition_of(draft.script),
        is_pause=True,
        acting_user=draft.author,
        now=utc_now(),
    )


def test_a_script_is_written_screened_run_and_submitted(
    live_server: LiveServer, page: Page, ada: User
) -> None:
    load_prices("IBM", sessions=120)
    sign_in(page, live_server, ada)
    page.goto(live_server.url + reverse("admin:registry_script_add"))
    page.get_by_label("Name").fill("Mine")
    page.get_by_role("radio", name=re.compile("Relative strength")).check()
    page.get_by_role("button", name="Create and open").click()

    # Typed, saved and screened without anybody asking for it.
    type_on_top(page, 'ahead = data["close"].shift(-1)\n')
    draft = ScriptVersion.objects.get()
    wait_for_save(page)
    screen_waiting_versions(now=utc_now() + timedelta(seconds=1))
    expect(page.locator("#findings")).to_contain_text("line 1")
    expect(page.locator(".cm-lint-marker-error")).to_be_visible()
    page.locator("#findings button", has_text="line 1").click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Delete")
    wait_for_save(page)

    # Run on real prices, from the keyboard.
    with working():
        page.keyboard.press("Control+Enter")
        expect(page.locator("#result-summary")).to_contain_text("Ran", timeout=40_000)
    expect(page.locator("#result-chart canvas").first).to_be_visible()
    expect(page.locator("#outputs-body tr").first).to_be_visible()
    expect(page.locator("#meter")).to_contain_text("1 run; the limits are those of your tier")

    # What is missing, and the way there.
    page.get_by_role("tab", name="Submit").click()
    expect(page.locator("#submit")).to_be_disabled()
    expect(page.locator(".point-missing")).to_have_count(1)
    page.get_by_role("button", name="Go there: A release note").click()
    page.keyboard.type("First version.")
    wait_for_save(page)
    page.get_by_role("tab", name="Submit").click()
    expect(page.locator("[data-code=history_run]")).to_have_class(re.compile("point"))
    page.locator("#submit").click()
    expect(page.get_by_label(re.compile("Release note"))).to_have_value("First version.")
    page.get_by_role("button", name="Yes, submit for review").click()
    expect(page.locator(".facts")).to_contain_text("submitted")
    draft.refresh_from_db()
    assert (draft.status, "shift(-1)\n" in draft.source) == ("submitted", False)


def test_a_fault_leads_to_its_line_and_hostile_text_stays_text(
    live_server: LiveServer, page: Page, ada: User
) -> None:
    load_prices("IBM", sessions=40)
    draft = factories.make_draft(
        ada,
        name=HOSTILE,
        description=HOSTILE,
        source=f"log({HOSTILE!r})\nemit_signal({{'value': {HOSTILE!r}}})\n"
        f"raise ValueError({HOSTILE!r} + str(params))\n",
        manifest={"input_schema": SCHEMA},
        release_note=HOSTILE,
    )
    page.on("dialog", lambda dialog: pytest.fail(f"it ran: {dialog.message}"))
    open_draft(page, live_server, draft)

    # A field for every parameter, with its mistake beside it.
    page.keyboard.press("Control+Enter")
    expect(page.locator("#param-label-error")).not_to_be_empty()
    page.locator("#param-label").fill("abc")
    page.locator("#param-least").fill("12")
    page.locator("#param-mode").select_option(label=HOSTILE)
    page.locator("#param-strict").select_option("false")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#param-least-error")).not_to_be_empty()
    page.locator("#param-least").fill("5")
    with working():
        page.keyboard.press("Control+Enter")
        expect(page.locator("#result-summary")).to_contain_text("Failed", timeout=40_000)

    error = page.locator("#result-error")
    expect(error).to_contain_text(HOSTILE)
    expect(error).to_contain_text("'least': 5")
    expect(error).to_contain_text("'strict': False")
    expect(error).to_contain_text("'weights': [1, 2]")
    page.locator("#log-part summary").click()
    expect(page.locator("#log")).to_contain_text(HOSTILE)
    error.get_by_role("button", name="Go to line 3").click()
    expect(page.locator(".cm-activeLine")).to_contain_text("raise ValueError")
    assert page.locator("img[src=x]").count() == 0


def test_of_two_tabs_neither_overwrites_the_other_unasked(
    live_server: LiveServer, page: Page, page_record: PageRecord, ada: User
) -> None:
    page_record.tolerate("409")
    draft = factories.make_draft(ada)
    open_draft(page, live_server, draft)

    save_elsewhere(draft, "theirs = 1\n")
    type_on_top(page, "mine = 1\n")
    expect(page.locator("#banner")).to_contain_text("saved somewhere else")
    draft.refresh_from_db()
    assert draft.source == "theirs = 1\n"
    page.get_by_role("button", name="Keep what is on this page").click()
    wait_for_save(page)
    draft.refresh_from_db()
    assert draft.source.startswith("mine = 1\n")

    save_elsewhere(draft, "theirs = 2\n")
    type_on_top(page, "mine = 2\n")
    page.get_by_role("button", name="Take what was saved elsewhere").click()
    expect(page.locator(".cm-content")).to_have_text("theirs = 2")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+z")
    expect(page.locator(".cm-content")).to_contain_text("mine = 2")
    wait_for_save(page)


def test_without_a_connection_the_text_stays_and_is_saved_later(
    live_server: LiveServer, page: Page, page_record: PageRecord, ada: User
) -> None:
    page_record.tolerate("ERR_INTERNET_DISCONNECTED")
    draft = factories.make_draft(ada)
    open_draft(page, live_server, draft)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)

    page.context.set_offline(True)
    type_on_top(page, "typed = 1\n")
    expect(page.locator("#banner")).to_contain_text("Your text is still here")
    page.close(run_before_unload=True)
    page.wait_for_timeout(200)
    assert asked == ["beforeunload"]
    page.context.set_offline(False)

    wait_for_save(page)
    draft.refresh_from_db()
    assert draft.source.startswith("typed = 1\n")


def test_what_is_no_draft_yet_is_kept_and_comes_back(
    live_server: LiveServer, page: Page, ada: User
) -> None:
    draft = factories.make_draft(ada)
    open_draft(page, live_server, draft)

    page.get_by_role("tab", name="Details").click()
    page.get_by_label("Input schema").fill('{"type": ')
    expect(page.locator("#save-state")).to_contain_text("not yet a draft")
    expect(page.locator("[data-field=input_schema] .errorlist")).to_contain_text("not JSON")
    assert DraftAutosave.objects.count() == 1
    page.reload()

    expect(page.locator("#banner")).to_contain_text("is no draft yet")
    expect(page.locator("#missing-count")).to_have_text("1")
    page.get_by_role("tab", name="Details").click()
    expect(page.get_by_label("Input schema")).to_have_value('{"type": ')
    page.get_by_label("Input schema").fill("{}")
    wait_for_save(page)
    assert not DraftAutosave.objects.exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_the_keyboard(
    live_server: LiveServer, page: Page, ada: User, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    draft = factories.make_draft(ada)
    open_draft(page, live_server, draft)

    for tab in ("Code", "Parameters", "Result", "Details", "Submit", "Versions"):
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
        page.get_by_role("tab", name=tab).press("ArrowRight")
    expect(page.locator("#pane-code")).to_be_visible()
    type_on_top(page, "get_mar")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("get_market_data")
    page.wait_for_timeout(150)  # the editor takes no choice that nobody can have read yet
    page.keyboard.press("Enter")
    page.keyboard.press("Control+s")
    wait_for_save(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") != "editor"
    draft.refresh_from_db()
    assert draft.source.startswith("get_market_data")


def test_any_two_versions_are_compared(
    live_server: LiveServer, page: Page, ada: User, rita: User
) -> None:
    version = factories.make_published_version(ada, rita, source="a = 1\n")
    script = Script.objects.get(pk=version.script_id)
    drafts.edit_draft(
        script,
        source=f"a = 2 # {HOSTILE}\n",
        manifest={"timeframe": "1h"},
        acting_user=ada,
        now=NOON,
    )
    sign_in(page, live_server, rita)
    page.goto(live_server.url + reverse("admin:registry_script_versions", args=[script.pk]))

    expect(page.locator("#source-changes .added .text")).to_have_text(f"a = 2 # {HOSTILE}")
    expect(page.locator("#source-changes .removed .text")).to_have_text("a = 1")
    expect(page.locator("#manifest-changes .added")).to_contain_text('"1h"')
    page.get_by_label("Compare").select_option("1.1.0")
    page.get_by_label("with").select_option("1.0.0")
    page.get_by_role("button", name="Compare").click()

    expect(page.locator("#source-changes .added .text")).to_have_text("a = 1")
