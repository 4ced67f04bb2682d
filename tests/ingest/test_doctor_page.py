"""The page on which a request that was pasted is examined."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from common.clock import utc_now
from ingest.admin import doctor
from ingest.models import Producer
from ingest.pasted_requests import read_pasted
from tests.ingest.conftest import Registered
from tests.ingest.pasted import (
    DOCTOR,
    RAW,
    examined,
    headers_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_on")]


@pytest.fixture
def desk(olga: User) -> Client:
    client = Client()
    client.force_login(olga)
    return client


def as_text(headers: dict[str, str]) -> str:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(["POST /api/v1/signals HTTP/1.1", *lines, "Content-Type: application/json"])


def test_the_page_shows_the_bytes_the_rules_and_the_cause(desk: Client, north: Registered) -> None:
    text = as_text(headers_of(north, at=utc_now()))

    page = desk.post(reverse(DOCTOR), {"request": text + "\r\n\r\n" + RAW.decode() + "\r\n"})

    shown = page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert "The signature matches: no." in shown
    assert "signed the body without a newline at its end" in shown
    assert '<b class="sign">\\n\n</b>' in shown
    assert "could still be accepted" in shown
    assert north.secret not in shown


def test_a_file_is_taken_byte_for_byte(desk: Client, north: Registered) -> None:
    body = RAW + b"\r\n"
    text = as_text(headers_of(north, body, at=datetime(2026, 1, 5, tzinfo=UTC)))
    data = {
        "request": text,
        "file": SimpleUploadedFile("body.json", body),
        "received_at": "2026-01-05T00:00:10Z",
    }

    shown = desk.post(reverse(DOCTOR), data).content.decode()

    assert "Nothing is wrong with it" in shown
    assert "Difference of the clocks: 10 s after" in shown


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"request": ""}, "This field is required"),
        ({"request": "nonsense"}, "Line 1 is no header"),
        ({"request": "X-Producer-Id: north"}, "There is no body"),
        ({"request": "X-Producer-Id: nobody\n\n{}"}, "names no producer"),
        ({"request": "X-Producer-Id: a\0b\n\n{}"}, "Null characters"),
        ({"request": "X-Producer-Id: north\n\n{}", "received_at": "noon"}, "no instant"),
        ({"request": "X-Producer-Id: north\n\n{}", "received_at": "2026-01-05T16:00"}, "zone"),
        ({"request": "X-Producer-Id: north\n\n{}", "producer": "x"}, "valid choice"),
    ],
)
def test_what_cannot_be_examined_is_explained(
    north: Registered, olga: User, data: dict[str, str], said: str
) -> None:
    request = RequestFactory().post("/", data)
    request.user = olga

    form = doctor.context_of(request, Producer.objects.all())["form"]

    assert said in str(form.errors)


@pytest.mark.parametrize(
    "text",
    [
        "curl -H 'X-Producer-Id: north' -d '<script>'",
        "X-Producer-Id: north\nX-Timestamp: 9999999999999\n\n" + "[" * 9000,
        "X-Producer-Id: north\nX-Timestamp: 99999999999999999999999999\nX-Signature: ä=\n\n\ud83d",
        "X-Producer-Id: north\nX-Timestamp: 0001-01-01T00:00:00+23:59\nX-Signature: =\n\n1e999",
    ],
)
def test_whatever_is_pasted_is_examined(north: Registered, olga: User, text: str) -> None:
    diagnosis = examined(read_pasted(text), olga)

    assert diagnosis.first_broken is not None
    assert diagnosis.expected == []


def test_without_producers_the_page_says_what_it_is_for(desk: Client) -> None:
    assert "nothing to look into yet" in desk.get(reverse(DOCTOR)).content.decode()
