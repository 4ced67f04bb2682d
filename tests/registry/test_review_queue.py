"""The queue of what waits for review: the riskiest first, and how one gets from one to the next."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership, Role, User
from registry.models import ScriptVersion
from registry.review_queue import position_in, ranked_queue
from registry.services import review
from registry.services.screening import keep_screening
from tests.factories import NOON, make_draft, record_evidence
from tests.registry.test_admin import page_of, signed_in, text_of

CHANGELIST = "admin:registry_scriptversion_changelist"


def waiting(
    author: User,
    name: str,
    *,
    worst: str = "",
    verdict: str = "clean",
    since: datetime = NOON,
) -> ScriptVersion:
    version = make_draft(author, name=name)
    review.submit_for_review(version, acting_user=author, now=since)
    keep_screening(version, findings=[], worst_level=worst, rules_sha256="a" * 64, now=NOON)
    record_evidence(version, verdict=verdict)
    return version


@pytest.fixture
def queue(ada: User) -> dict[str, ScriptVersion]:
    """Submit three versions, the most harmless first."""
    return {
        "harmless": waiting(ada, "Harmless"),
        "ahead": waiting(ada, "Ahead", worst="caution", verdict="looks_ahead"),
        "caution": waiting(ada, "Caution", worst="caution"),
    }


def listed(user: User, **query: Any) -> list[str]:
    page = text_of(signed_in(user).get(reverse(CHANGELIST), query))
    return re.findall(r'field-title"><a [^>]*>([^<]*)</a>', page)


def test_the_riskiest_is_looked_at_first(rita: User, queue: dict[str, ScriptVersion]) -> None:
    assert listed(rita, queue="review") == ["Ahead 1.0.0", "Caution 1.0.0", "Harmless 1.0.0"]


def test_another_order_can_be_asked_for(rita: User, queue: dict[str, ScriptVersion]) -> None:
    names = listed(rita, queue="review", o="-0")

    assert names == ["Harmless 1.0.0", "Caution 1.0.0", "Ahead 1.0.0"]


def test_a_score_is_explained(rita: User, queue: dict[str, ScriptVersion]) -> None:
    page = text_of(signed_in(rita).get(reverse(CHANGELIST), {"queue": "review"}))
    ahead = page.partition("Ahead 1.0.0")[2].partition("</tr>")[0]

    assert '<span class="seen bad">looks ahead</span>' in ahead
    assert '<span class="seen warn">screening: caution</span>' in ahead
    assert '<span class="seen ">first version</span>' in ahead


def test_of_two_with_the_same_risk_the_one_that_waits_longer_comes_first(
    ada: User, rita: User
) -> None:
    younger = waiting(ada, "Younger")
    older = waiting(ada, "Older", since=NOON - timedelta(hours=2))

    ranked = ranked_queue(ScriptVersion.objects.all(), now=NOON)

    assert [each.version for each in ranked] == [older, younger]


def test_what_waits_longer_weighs_more(ada: User) -> None:
    fresh = waiting(ada, "Fresh")
    forgotten = waiting(ada, "Forgotten", since=NOON - timedelta(days=5))

    ranked = ranked_queue(ScriptVersion.objects.all(), now=NOON)
    scores = {each.version.pk: each.risk.score for each in ranked}

    assert scores[forgotten.pk] == scores[fresh.pk] + 5


def test_only_what_waits_has_a_risk(ada: User, rita: User) -> None:
    make_draft(ada, name="Draft")

    page = text_of(signed_in(rita).get(reverse(CHANGELIST)))

    assert "Draft 1.0.0" in page
    assert 'class="risk"' not in page


def test_the_page_leads_to_the_next_one_and_from_the_last_to_the_first(
    rita: User, queue: dict[str, ScriptVersion]
) -> None:
    client = signed_in(rita)

    first = text_of(client.get(page_of(queue["ahead"])))
    last = text_of(client.get(page_of(queue["harmless"])))

    assert "1 of 3 waiting for review" in first
    assert f'<a href="{page_of(queue["caution"])}" id="next-in-queue"' in first
    assert "3 of 3 waiting for review" in last
    assert f'<a href="{page_of(queue["ahead"])}" id="next-in-queue"' in last


def test_ones_own_versions_are_not_next(rita: User, queue: dict[str, ScriptVersion]) -> None:
    tenant = queue["ahead"].script.tenant
    Membership.objects.create(user=rita, tenant=tenant, role=Role.AUTHOR)
    waiting(rita, "Ritas own", worst="danger")

    page = text_of(signed_in(rita).get(page_of(queue["ahead"])))

    assert "1 of 3 waiting for review" in page


def test_the_only_one_that_waits_has_no_next(ada: User) -> None:
    version = waiting(ada, "Alone")

    position = position_in(ranked_queue(ScriptVersion.objects.all(), now=NOON), version)

    assert (position.place, position.length, position.following) == (1, 1, None)


def test_an_empty_queue_says_how_something_comes_into_it(rita: User) -> None:
    page = text_of(signed_in(rita).get(reverse(CHANGELIST), {"queue": "review"}))

    assert "Nothing waits for review." in page


def test_the_queue_shows_nothing_of_another_tenant(
    mallory: User, queue: dict[str, ScriptVersion]
) -> None:
    assert listed(mallory, queue="review") == []


def test_a_longer_queue_takes_no_more_queries(ada: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            ranked_queue(ScriptVersion.objects.all(), now=NOON)
        return len(captured)

    waiting(ada, "One")
    with_one = queries()
    for number in range(4):
        waiting(ada, f"More {number}")

    assert queries() == with_one
