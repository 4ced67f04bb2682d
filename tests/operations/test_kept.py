"""What the page costs: what is the platform's is read once a second, for whoever looks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from execution.models import Execution
from execution.services.realtime import run_markets
from market.models import ReplayFeed
from registry.models import ScriptVersion
from signalhub.operations import kept
from signalhub.operations.kept import KeptSections
from signalhub.operations.tables import Section
from tests.operations.page import fail, part, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house")]

AT_FIRST = 30  # with session and user; most sections take one
WITHIN_A_SECOND = 18  # what is of the viewer's house


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep sections for as long as the test takes."""
    monkeypatch.setattr(kept, "BELIEVED_SECONDS", 3600.0)


def test_the_page_takes_as_many_statements_for_many_rows_as_for_few(
    operator: Client,
    close: ScriptVersion,
    feed: ReplayFeed,
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    for line in range(12):
        fail(close, now, line=line)
    for number in range(10):
        ReplayFeed.objects.create(
            name=f"feed-{number}",
            instruments=[],
            starts_at=now,
            bars_per_second=1,
            as_of=now,
            sessions_total=1,
            updated_at=now,
        )
    run_markets([("IBM", "1d")], now=now)

    with django_assert_max_num_queries(AT_FIRST):
        assert operator.get("/operations/sections").status_code == 200


def test_another_look_within_the_second_reads_only_what_is_of_the_viewers_house(
    keeping: None,
    operator: Client,
    close: ScriptVersion,
    mallory: User,
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    fail(close, now, line=3)
    first = shown(operator)
    Execution.objects.update(outcome="timeout")
    other = Client()
    other.force_login(mallory)
    shown(other)  # hers offers less, and was not read yet

    with django_assert_max_num_queries(WITHIN_A_SECOND):
        again = shown(operator)
    with django_assert_max_num_queries(WITHIN_A_SECOND):
        theirs = shown(other)

    assert part(again, "outcomes") == part(first, "outcomes")
    assert "Close" in part(again, "failing")
    assert "Close" not in theirs


def test_what_is_done_here_is_seen_at_once(
    keeping: None, operator: Client, feed: ReplayFeed
) -> None:
    assert "pause-feed" in part(shown(operator), "feeds")

    operator.post("/operations/pause-feed/demo", {"reason": "the exchange halted"})

    assert "resume-feed" in part(shown(operator), "feeds")


def test_a_section_is_read_again_when_it_is_a_second_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "BELIEVED_SECONDS", 1.0)
    clock = [0.0]
    sections = KeptSections(clock=lambda: clock[0])
    reads: list[float] = []

    def read() -> Section:
        reads.append(clock[0])
        return Section(key="queue", title=f"as of {clock[0]}")

    for at in (0.0, 0.9, 1.0, 1.5, 2.1):
        clock[0] = at
        sections.get("queue", read)
    sections.get("another", read)

    assert reads == [0.0, 1.0, 2.1, 2.1]
