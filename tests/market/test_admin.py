from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, User
from market import admin
from market.bars import NewBar
from market.models import Bar, BarRevision, ReplayFeed
from market.services import replay
from market.services.bars import record_history
from tests.market.prices import LATER, make_instrument, new_bar, new_bars

FEEDS = reverse("admin:market_replayfeed_changelist")
BARS = reverse("admin:market_listedbar_changelist")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house")]


def choose(action: str, feed: ReplayFeed) -> dict[str, Any]:
    return {"action": action, "_selected_action": [feed.pk]}


def test_an_operator_sees_how_far_a_replay_is(
    browser: Client, olga: User, feed: ReplayFeed
) -> None:
    browser.force_login(olga)

    page = browser.get(FEEDS).content.decode()

    assert "session 0 of 4" in page


def test_an_operator_pauses_and_resumes_a_replay(
    browser: Client, olga: User, feed: ReplayFeed
) -> None:
    browser.force_login(olga)

    page = browser.post(FEEDS, choose("pause", feed), follow=True).content.decode()
    feed.refresh_from_db()
    assert feed.paused
    assert "Demo is paused." in page

    again = browser.post(FEEDS, choose("pause", feed), follow=True).content.decode()
    assert "Demo is paused already." in again

    browser.post(FEEDS, choose("resume", feed))
    feed.refresh_from_db()
    assert not feed.paused


def test_an_operator_changes_the_pace_on_the_list_and_on_the_page(
    browser: Client, olga: User, feed: ReplayFeed
) -> None:
    browser.force_login(olga)
    on_the_list = {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-0-id": feed.pk,
        "form-0-bars_per_second": 8,
        "_save": "Save",
    }

    browser.post(FEEDS, on_the_list)
    feed.refresh_from_db()
    assert feed.bars_per_second == 8

    page = reverse("admin:market_replayfeed_change", args=[feed.pk])
    browser.post(page, {"bars_per_second": 3.5})
    feed.refresh_from_db()
    assert feed.bars_per_second == 3.5

    refused = browser.post(page, {"bars_per_second": 0}).content.decode()
    assert "greater than or equal to 0.01" in refused
    trail = AuditEvent.objects.filter(event="replay_pace_set")
    assert {row.actor_name for row in trail} == {"olga"}
    assert trail.count() == 2


def test_saving_an_old_page_does_not_move_a_replay(
    browser: Client, olga: User, feed: ReplayFeed
) -> None:
    browser.force_login(olga)
    replay.pause(feed, acting_user=olga, now=LATER)

    page = reverse("admin:market_replayfeed_change", args=[feed.pk])
    browser.post(page, {"bars_per_second": 4, "paused": "", "as_of_0": "2000-01-01"})

    feed.refresh_from_db()
    assert (feed.bars_per_second, feed.paused) == (4, True)
    assert feed.as_of == feed.starts_at


def test_only_operators_see_replays_and_nobody_adds_or_deletes_one(
    browser: Client, ada: User, olga: User, feed: ReplayFeed
) -> None:
    browser.force_login(ada)
    assert browser.get(FEEDS).status_code == 403
    assert browser.post(FEEDS, choose("pause", feed)).status_code == 403

    browser.force_login(olga)
    assert browser.get(reverse("admin:market_replayfeed_add")).status_code == 403
    delete = reverse("admin:market_replayfeed_delete", args=[feed.pk])
    assert browser.post(delete, {"post": "yes"}).status_code == 403
    feed.refresh_from_db()
    assert not feed.paused


def test_staff_reads_bars_page_by_page_and_by_instrument(browser: Client, ada: User) -> None:
    make_instrument("AAPL")
    make_instrument("IBM")
    closes = [float(100 + day) for day in range(150)]
    record_history([*new_bars(closes), new_bar("IBM", close=77.5)], now=LATER)
    browser.force_login(ada)

    with CaptureQueriesContext(connection) as queries:
        first = browser.get(BARS, {"instrument": "AAPL"}).content.decode()
    second = browser.get(BARS, {"instrument": "AAPL", "p": "2"}).content.decode()
    ibm = browser.get(BARS, {"instrument": "IBM"}).content.decode()

    assert 'field-close">249.0<' in first
    assert 'field-close">149.0<' not in first
    assert 'field-close">149.0<' in second
    assert "77.5" in ibm
    assert "150 bars" in first
    assert len(queries) < 12
    assert "Add bar" not in first


def test_pages_of_a_big_table_are_counted_from_the_planners_estimate(
    browser: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_instrument("AAPL")
    record_history(new_bars([float(100 + day) for day in range(150)]), now=LATER)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE market_bar")
    monkeypatch.setattr(admin, "EXACT_UP_TO", 100)
    browser.force_login(ada)

    with CaptureQueriesContext(connection) as queries:
        page = browser.get(BARS).content.decode()

    assert "150 bars" in page
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert [sql for sql in counts if "market_listed_bar" in sql] == []


def test_instruments_are_shown_to_staff(browser: Client, ada: User) -> None:
    make_instrument("AAPL")
    browser.force_login(ada)

    page = browser.get(reverse("admin:market_instrument_changelist"), {"q": "aap"}).content.decode()

    assert "AAPL Inc." in page


def typed(bar: NewBar, **numbers: str) -> dict[str, str]:
    """Return a form in which somebody typed numbers of a bar."""
    key = f"{bar.instrument_key} {bar.timeframe} {int(bar.opened_at.timestamp())}"
    return {
        "action": "correct",
        "_selected_action": key,
        **{f"{name} of {key}": number for name, number in numbers.items()},
    }


def test_an_operator_corrects_a_bar_with_a_reason(browser: Client, olga: User) -> None:
    make_instrument("AAPL")
    (bar,) = bars = [new_bar(close=10.0)]
    record_history(bars, now=LATER)
    browser.force_login(olga)

    asked = browser.post(BARS, typed(bar)).content.decode()
    assert "Scripts are not run again" in asked
    assert 'value="10.0"' in asked
    assert not BarRevision.objects.exists()

    confirmed = {"confirmed": "yes", "reason": "misprint"}
    wrong = browser.post(BARS, {**typed(bar, close="<b>"), **confirmed})
    assert wrong.status_code == 422
    assert "&lt;b&gt;&#x27; is no number" in wrong.content.decode()
    impossible = browser.post(BARS, {**typed(bar, close="99"), **confirmed})
    assert "below the open or close of 99.0" in impossible.content.decode()
    done = browser.post(BARS, {**typed(bar, close="10.5"), **confirmed}, follow=True)

    assert "AAPL 1d 2020-01-01 00:00 corrected." in done.content.decode()
    assert Bar.objects.get().close == 10.5
    revision = BarRevision.objects.get()
    assert (revision.close, revision.reason) == (10.0, "misprint")
    assert AuditEvent.objects.get(event="bars_corrected").actor == olga
    revisions = reverse("admin:market_barrevision_changelist")
    assert "misprint" in browser.get(revisions).content.decode()


def test_only_operators_correct_bars(browser: Client, ada: User) -> None:
    make_instrument("AAPL")
    (bar,) = bars = [new_bar(close=10.0)]
    record_history(bars, now=LATER)
    browser.force_login(ada)

    browser.post(BARS, {**typed(bar, close="10.5"), "confirmed": "yes", "reason": "mine"})

    assert Bar.objects.get().close == 10.0
