"""The pages about what comes in: feeds, odd ticks, and files with how far they are."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from common.clock import utc_now
from market.models import Upload
from market.services.ticks import record_ticks
from market.services.upload_work import work_upload
from tests.market.prices import make_instrument
from tests.market.ticks import new_tick

TICKS, FEEDS, UPLOADS = (f"/admin/market/{name}/" for name in ("listedtick", "tickfeed", "upload"))

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house")]


@pytest.fixture
def operator(browser: Client, olga: User) -> Client:
    make_instrument("AAPL")
    browser.force_login(olga)
    return browser


def text_of(browser: Client, path: str, **query: str) -> str:
    reply = browser.get(path, query)
    assert reply.status_code == 200, reply
    return reply.content.decode()


def record_some() -> None:
    now = utc_now()
    at = now - timedelta(seconds=3)
    record_ticks(
        [
            new_tick(1, at=at, source="feed-1"),
            new_tick(1, at=at, source="feed-1"),
            new_tick(2, at=at, source="feed-1", price=-1.0),
            new_tick(3, at=at - timedelta(seconds=1), source="feed-1"),
            new_tick(4, at=at, source="feed-2", bid=3.0, ask=2.0, price=None),
        ],
        now=now,
    )


@pytest.mark.parametrize(
    ("path", "taught"),
    [
        (TICKS, "run_feed --simulated"),
        (FEEDS, "market:write"),
        (UPLOADS, "refused one by one"),
    ],
)
def test_an_empty_page_says_what_will_be_there(operator: Client, path: str, taught: str) -> None:
    assert taught in text_of(operator, path)


def test_feeds_say_what_they_did_today(operator: Client) -> None:
    record_some()

    page = text_of(operator, FEEDS)

    assert "feed-1" in page
    assert "1 duplicate, 1 impossible, 1 out of order" in page
    assert "1 crossed" in page
    assert f'{TICKS}?instrument=AAPL">2</a>' in page
    assert "0.05" in page


@pytest.mark.parametrize(
    ("finding", "events"),
    [
        ("any", {"2", "4"}),
        ("none", {"1", "3"}),
        ("impossible", {"2"}),
        ("crossed", {"4"}),
        ("out_of_order", {"3"}),
        ("late", set()),
    ],
)
def test_ticks_are_found_by_what_was_found_about_them(
    operator: Client, finding: str, events: set[str]
) -> None:
    record_some()

    page = text_of(operator, TICKS, finding=finding, instrument="AAPL")

    assert {event for event in "1234" if f'field-event_id">{event}<' in page} == events


def upload(browser: Client, content: bytes, kind: str = "ticks", **more: Any) -> Any:
    file = io.BytesIO(content)
    file.name = "<b>prices</b>.csv"
    return browser.post(f"{UPLOADS}add/", {"kind": kind, "file": file, **more})


def test_an_operator_uploads_a_file_and_sees_how_far_it_is(operator: Client, olga: User) -> None:
    content = b"instrument,at,event_id,price\nAAPL,2026-01-05T09:00:00Z,1,10\nAAPL,<i>,2,10\n"

    begun = upload(operator, content)

    [row] = Upload.objects.all()
    assert begun.url == f"{UPLOADS}{row.pk}/change/"
    page = text_of(operator, begun.url)
    assert f'data-state-url="{UPLOADS}{row.pk}/state/"' in page
    work_upload(row.pk, clock=utc_now)
    assert operator.get(f"{UPLOADS}{row.pk}/state/").json() == {
        "state": "done", "percent": 100, "rows_done": 2, "rows_total": 2,
    }  # fmt: skip
    page = text_of(operator, begun.url)
    assert "data-state-url" not in page
    assert "2 of 2 rows" in page
    assert "at is no instant" in page
    assert "<b>prices" not in page
    assert "prices" in text_of(operator, UPLOADS)


def test_what_is_wrong_with_an_upload_is_said_in_the_form(
    operator: Client, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 10

    assert "at most 10 bytes" in upload(operator, b"x" * 11).content.decode()
    assert "The file is empty" in upload(operator, b"").content.decode()
    assert "This field is required" in operator.post(f"{UPLOADS}add/", {}).content.decode()
    assert "Select a valid choice" in upload(operator, b"x", kind="trades").content.decode()
    assert not Upload.objects.exists()


def test_uploads_are_for_operators(browser: Client, ada: User) -> None:
    browser.force_login(ada)

    assert browser.get(f"{UPLOADS}add/").status_code == 403
    assert browser.get(FEEDS).status_code == 403
    assert browser.get(TICKS).status_code == 200


def test_an_upload_that_is_not_there_is_not_found(operator: Client) -> None:
    for pk in ("0198c5e0-0000-7000-8000-00000000dead", "nonsense"):
        assert operator.get(f"{UPLOADS}{pk}/change/").status_code in (302, 404)
