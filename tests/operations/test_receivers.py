"""What failed to reach receivers: counted by what can be sent again, and a button where it can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.row_scope import scope_of, within
from signalhub.operations import elsewhere
from signalhub.operations.tables import Viewer
from streams.deliveries.services import resending
from streams.models import Delivery, Destination
from tests.operations.page import part, shown

pytestmark = pytest.mark.django_db
HOST = "hooks.desk.example"
Log = Callable[..., None]


@pytest.fixture
def sams(sam: User, now: datetime) -> Destination:
    return Destination.objects.create(
        owner=sam,
        kind="webhook",
        name="Desk",
        address=f"https://{HOST}/hook",
        host=HOST,
        created_at=now,
        verified_at=now,
        digest_within_seconds=60,
        digest_every_seconds=60,
    )


@pytest.fixture
def log(sams: Destination, now: datetime) -> Log:
    """Return a function that lets deliveries have come to an end."""

    def add(count: int, *, kind: str = "single", state: str = "failed") -> None:
        Delivery.objects.bulk_create(
            Delivery(
                destination=sams,
                message_id=f"{kind}_{state}_{number}",
                kind=kind,
                host=HOST,
                state=state,
                next_attempt_at=now,
                created_at=now,
                finished_at=now,
            )
            for number in range(count)
        )

    return add


def test_tests_and_questions_that_failed_are_no_trouble_that_resending_mends(
    operator: Client, browser: Client, sams: Destination, sam: User, log: Log
) -> None:
    for kind in ("test", "notice", "confirmation", "ended"):
        log(1, kind=kind)

    receivers = part(shown(operator), "receivers")
    browser.force_login(sam)
    page = browser.get(f"/deliveries/{sams.pk}/").content.decode()

    assert HOST not in receivers
    assert "resend-failed" not in page


def test_a_receiver_that_is_disabled_has_no_button(
    operator: Client, sams: Destination, log: Log, now: datetime
) -> None:
    log(2)
    with_button = part(shown(operator), "receivers")
    Destination.objects.update(disabled_at=now, disabled_reason="Gone.")

    without = part(shown(operator), "receivers")

    assert f"/operations/resend/{sams.pk}" in with_button
    assert HOST in without
    assert f"/operations/resend/{sams.pk}" not in without


def test_an_operator_is_told_how_much_is_sent_again_and_the_owner_too(
    operator: Client,
    browser: Client,
    sams: Destination,
    sam: User,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resending, "RESENT_AT_ONCE", 2)
    log(5)
    log(1, kind="test")
    address, given = f"/operations/resend/{sams.pk}", {"reason": "they mended it"}

    asked = operator.get(address).content.decode()
    told = operator.post(address, given, follow=True).content.decode()
    browser.force_login(sam)
    place = f"/deliveries/{sams.pk}/do/resend-failed"
    pages = [browser.post(place, follow=True).content.decode() for _ in range(2)]

    assert "at most 500 at once" in asked
    assert "Sent again to Desk: 2." in told
    assert "Sent again: 2, the oldest. Press once more for the rest." in pages[0]
    assert "Sent again: 1." in pages[1]
    assert "Press once more" not in pages[1]


def test_what_failed_is_counted_by_an_index_however_long_the_log_is(
    sams: Destination, log: Log, olga: User, now: datetime
) -> None:
    log(2000, state="delivered")
    log(3)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE streams_delivery")
    plan: list[Any] = []

    with within(scope_of(olga.pk)), CaptureQueriesContext(connection) as captured:
        table = elsewhere.receivers(Viewer(user=olga, now=now))
        [counted] = [one["sql"] for one in captured if "streams_delivery" in one["sql"]]
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + counted.replace("%", "%%"))
            plan = [line for (line,) in cursor.fetchall()]

    assert [cell.text for cell in table.rows[0].cells][2] == "3"
    assert any("deliveries_that_failed" in line for line in plan)
    assert not any("Seq Scan on streams_delivery" in line for line in plan)
