"""Browsers: where one is signed in, how one signs out there, and what a new password ends."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client

from accounts.models import AuditEvent, BrowserSession, User
from accounts.services import sessions
from common import row_scope
from common.clock import utc_now
from tests.accounts.tokens import ask, sign_in
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "an even longer passphrase"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
)


def browser_of(user: User, agent: str = FIREFOX) -> Client:
    client = Client(headers={"user-agent": agent})
    client.post("/login/", {"username": user.username, "password": PASSWORD})
    client.get("/account/")
    return client


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (EDGE, "Edge on Windows"),
        ("curl/8.0", "Another browser"),
        ("<script>" * 500, "Another browser"),
        ("", "Another browser"),
    ],
)
def test_a_browser_is_known_by_its_family(agent: str, words: str) -> None:
    assert sessions.browser_in_words(agent) == words


@pytest.mark.parametrize(
    ("agent", "words"), [("curl/8.0", "curl"), ("python-httpx/1", "python-httpx"), ("<b>", "")]
)
def test_a_program_is_known_by_what_it_calls_itself(agent: str, words: str) -> None:
    assert sessions.program_in_words(agent) == words


def test_signing_in_gives_the_browser_another_session(sam: User) -> None:
    client = Client()
    client.get("/login/")
    session = client.session
    session["seed"] = 1
    session.save()
    client.cookies["sessionid"] = str(session.session_key)

    client.post("/login/", {"username": "sam", "password": PASSWORD})

    assert client.session.session_key != session.session_key
    assert not BrowserSession.objects.filter(pk=session.session_key).exists()
    assert not Session.objects.exists()


def test_the_page_shows_each_browser_and_ends_one(sam: User) -> None:
    here, there = browser_of(sam), browser_of(sam, EDGE)
    row = BrowserSession.objects.get(browser="Edge on Windows")

    page = here.get("/account/").content.decode()
    here.post(f"/account/sessions/{sessions.public_id(row.session_key)}/end")

    assert "Firefox on Linux" in page
    assert "Edge on Windows" in page
    assert row.session_key not in page
    assert there.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert AuditEvent.objects.get(event="session_ended").after == {"browser": "Edge on Windows"}


def test_nobody_ends_or_sees_anothers_session(sam: User, ada: User) -> None:
    sams, adas = browser_of(sam), browser_of(ada, EDGE)
    row = BrowserSession.objects.get(user=ada)

    reply = sams.post(f"/account/sessions/{sessions.public_id(row.session_key)}/end")

    assert reply.status_code == 404
    assert adas.get("/account/").status_code == 200
    assert "Edge" not in sams.get("/account/").content.decode()
    with row_scope.within(row_scope.scope_of(sam.pk)):
        assert {row.user_id for row in BrowserSession.objects.all()} == {sam.pk}


def test_last_seen_is_noted_to_a_minute(sam: User) -> None:
    client = browser_of(sam)
    key = client.session.session_key
    first = BrowserSession.objects.get(pk=key).last_seen_at
    client.get("/account/")
    same = BrowserSession.objects.get(pk=key).last_seen_at
    BrowserSession.objects.update(last_seen_at=utc_now() - timedelta(minutes=5))

    client.get("/account/")

    later = BrowserSession.objects.get(pk=key).last_seen_at
    assert first == same
    assert first is not None
    assert later is not None
    assert later >= first


def test_a_session_that_is_written_again_keeps_what_is_known_of_its_browser(sam: User) -> None:
    client = browser_of(sam)
    session = client.session
    session["more"] = 1
    session.save()

    assert BrowserSession.objects.get(user=sam).browser == "Firefox on Linux"


def test_signing_out_everywhere_else_keeps_this_browser(sam: User) -> None:
    here, there, pair = browser_of(sam), browser_of(sam, EDGE), sign_in(sam)

    asked = here.get("/account/sign-out-everywhere").content.decode()
    said = here.post("/account/sign-out-everywhere", follow=True).content.decode()

    assert "Yes, sign out everywhere else" in asked
    assert "Signed out of 2 other places." in said
    assert there.get("/account/").status_code == 302
    assert ask(pair["access"]).status_code == 401


def test_a_program_is_signed_out_on_the_page(sam: User, ada: User) -> None:
    here, pair = browser_of(sam), sign_in(sam)
    family = sam.token_families.get()

    foreign = browser_of(ada).post(f"/account/tokens/{family.pk}/end")
    here.post(f"/account/tokens/{family.pk}/end")

    assert foreign.status_code == 404
    assert ask(pair["access"]).status_code == 401


def change(client: Client, **fields: str) -> Any:
    given = {"old_password": PASSWORD, "new_password": NEW, "again": NEW, **fields}
    return client.post("/account/password", given)


def test_a_new_password_ends_everything_but_this_browser_and_the_keys(sam: User) -> None:
    here, there, pair = browser_of(sam), browser_of(sam, EDGE), sign_in(sam)
    before = here.session.session_key

    reply = change(here)

    assert reply.headers["Location"] == "/account/"
    assert here.get("/account/").status_code == 200
    assert here.session.session_key != before
    assert there.get("/account/").status_code == 302
    assert ask(pair["access"]).status_code == 401
    assert Client().login(username="sam", password=NEW)
    event = AuditEvent.objects.get(event="user_password_changed")
    assert event.actor == sam
    assert NEW not in repr(event.before) + repr(event.after)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"old_password": "wrong"}, "not your password"),
        ({"again": "something else entirely"}, "not the same"),
        ({"new_password": "short pw 11", "again": "short pw 11"}, "at least 12 characters"),
        ({"new_password": "q1w2e3r4t5y6", "again": "q1w2e3r4t5y6"}, "too common"),
        ({"new_password": "123456789012", "again": "123456789012"}, "numeric"),
        ({"new_password": "samuel.t.subscriber", "again": "samuel.t.subscriber"}, "similar"),
        ({"new_password": "", "again": ""}, "at least 12 characters"),
        ({"new_password": "x" * 5000, "again": "x" * 5000}, "longer than any"),
    ],
)
def test_a_password_that_breaks_a_rule_is_refused_with_the_rule(
    sam: User, fields: dict[str, str], said: str
) -> None:
    sam.email = "samuel.t.subscriber@example.org"
    sam.save()

    reply = change(browser_of(sam), **fields)

    assert said in reply.content.decode()
    sam.refresh_from_db()
    assert sam.check_password(PASSWORD)


def test_the_old_password_cannot_be_guessed_from_a_stolen_session(sam: User) -> None:
    client = browser_of(sam)

    statuses = [change(client, old_password=f"wrong {number}").status_code for number in range(5)]
    locked = change(client)

    assert statuses == [200] * 5
    assert locked.status_code == 429
    assert locked["Retry-After"]
    assert client.get("/account/").status_code == 200
    assert Client().post("/login/", {"username": "sam", "password": PASSWORD}).status_code == 302


def test_the_command_that_sets_a_password_is_on_the_record(
    sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, pair = browser_of(sam), sign_in(sam)
    monkeypatch.setattr("getpass.getpass", lambda prompt="": NEW)

    call_command("changepassword", "sam", stdout=StringIO())

    event = AuditEvent.objects.get(event="user_password_changed")
    assert (event.actor, event.actor_name) == (None, "the platform")
    assert client.get("/account/").status_code == 302
    assert ask(pair["access"]).status_code == 401


def test_expired_sessions_are_cleared(sam: User) -> None:
    browser_of(sam)
    BrowserSession.objects.update(expire_date=utc_now() - timedelta(days=1))

    with row_scope.within(row_scope.NOBODY):
        call_command("clearsessions")

    assert not BrowserSession.objects.exists()
