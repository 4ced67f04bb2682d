"""The trail in the admin: each operator's own, filtered, readable, and as a file."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from django.test import Client

from accounts import audit
from accounts.admin.audit_csv import COLUMNS, cell_of
from accounts.models import AuditEvent, User
from common.clock import utc_now

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/auditevent/"
EXPORT = f"{LIST}export.csv"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def append(user: User, event: str, chain: str = "alpha-desk", **more: Any) -> AuditEvent:
    return audit.record(event, user, chain=chain, acting_user=user, now=utc_now(), **more)


def exported(user: User, query: str = "") -> list[dict[str, str]]:
    reply: Any = client_of(user).get(EXPORT + query)
    assert reply.status_code == 200
    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(reply.streaming_content).decode()
    return list(csv.DictReader(text.splitlines(keepends=True)))


@pytest.fixture
def trail(olga: User, ada: User, mallory: User) -> list[AuditEvent]:
    return [
        append(olga, "tier_changed", reason="Upgrade."),
        append(ada, "draft_created", after={"version": "1.0.0"}),
        append(mallory, "draft_created", chain="beta-house", reason="Theirs."),
    ]


def test_an_operator_sees_and_exports_their_own_chain_only(
    trail: list[AuditEvent], olga: User
) -> None:
    page = client_of(olga).get(LIST).content.decode()

    assert "Upgrade." in page
    assert "Theirs." not in page
    assert "beta-house" not in page
    assert {row["chain"] for row in exported(olga)} == {"alpha-desk"}
    assert exported(olga, "?chain=beta-house") == []
    foreign = client_of(olga).get(f"{LIST}{trail[2].pk}/change/")
    assert (foreign.status_code, foreign.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize(
    ("query", "events"),
    [
        ("?event=draft_created", ["draft_created"]),
        ("?actor_name=olga", ["tier_changed"]),
        ("?object_type=accounts.user", ["tier_changed", "draft_created"]),
        ("?q=Upgrade", ["tier_changed"]),
        ("?chain=alpha-desk&actor_name=ada", ["draft_created"]),
        ("?at__year=1999", []),
    ],
)
def test_the_file_holds_what_the_list_shows_under_the_same_filters(
    query: str, events: list[str], trail: list[AuditEvent], olga: User
) -> None:
    page: Any = client_of(olga).get(LIST + query)

    shown = [event.event for event in page.context["cl"].result_list]
    assert sorted(shown) == sorted(events)
    assert [row["event"] for row in exported(olga, query)] == events


def test_the_list_links_to_its_file_with_its_filters(trail: list[AuditEvent], olga: User) -> None:
    page = client_of(olga).get(f"{LIST}?event=draft_created").content.decode()

    assert f'href="{EXPORT}?event=draft_created"' in page


def test_the_file_is_whole_enough_to_be_verified_elsewhere(
    trail: list[AuditEvent], olga: User
) -> None:
    first, second = exported(olga)

    assert tuple(first) == COLUMNS
    assert second["previous_hash"] == first["event_hash"] == trail[0].event_hash
    assert second["after"] == '{"version": "1.0.0"}'


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =HYPERLINK(1)", "\uff1d1+1"],
)
def test_a_cell_that_a_spreadsheet_would_compute_is_text(text: str, olga: User) -> None:
    append(olga, "tier_changed", reason=text)

    [row] = exported(olga)

    assert row["reason"].startswith("'")
    assert row["reason"].replace("\r\n", "\n").endswith(text.replace("\r", "\n").strip("\n\r"))


@pytest.mark.parametrize("text", ["plain", "a=b", "1-2", "", "{}"])
def test_a_harmless_cell_stays_as_it_is(text: str) -> None:
    assert cell_of(text) == text


def test_a_bad_filter_of_the_file_leads_back_to_the_list(olga: User) -> None:
    for query in ("?at__gte=never", "?actor__password=x"):
        reply = client_of(olga).get(EXPORT + query)

        assert (reply.status_code, reply.headers["Location"]) == (302, LIST)


@pytest.mark.parametrize("person", ["ada", "rita", "sam"])
def test_nobody_else_reads_or_exports_the_trail(
    person: str, request: pytest.FixtureRequest, trail: list[AuditEvent]
) -> None:
    client = client_of(request.getfixturevalue(person))

    assert client.get(LIST).status_code in (302, 403)
    assert client.get(EXPORT).status_code in (302, 403)


def test_an_event_shows_what_changed_name_by_name(olga: User) -> None:
    event = append(
        olga,
        "tier_changed",
        before={"run_cpu_seconds": 5, "note": "<b>old</b>"},
        after={"run_cpu_seconds": 15, "features": ["drm"]},
    )

    page = client_of(olga).get(f"{LIST}{event.pk}/change/").content.decode()

    for cell in (
        "<th scope=row>run_cpu_seconds</th><td><code>5</code></td><td><code>15</code></td>",
        "<th scope=row>note</th><td>&lt;b&gt;old&lt;/b&gt;</td>",
        "drm",
    ):
        assert cell in page
