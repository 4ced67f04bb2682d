"""Lists page by page: newest first, nothing twice, nothing lost, nothing guessed."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.core import signing

from accounts.models import User
from registry.models import Script, ScriptVersion
from tests import factories
from tests.problems import as_user, assert_problem

PREFIXES = ["", "/api/v2"]


@pytest.fixture
def five(ada: User) -> list[str]:
    return [factories.make_draft(ada, name=f"Script {number}").script.name for number in range(5)]


def names(body: Any) -> list[str]:
    return [row["name"] for row in body["results"]]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_pages_of_a_list_join_without_a_gap_and_lead_back(
    prefix: str, five: list[str], ada: User
) -> None:
    client = as_user(ada)

    first = client.get(f"{prefix}/scripts?limit=2").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    back = client.get(second["previous"]).json()

    assert names(first) + names(second) + names(third) == five[::-1]
    assert names(back) == names(first)
    assert first["previous"] is third["next"] is None


def test_what_arrives_while_one_reads_moves_nothing(five: list[str], ada: User) -> None:
    first = as_user(ada).get("/scripts?limit=2").json()
    factories.make_draft(ada, name="Newest")

    assert names(as_user(ada).get(first["next"]).json()) == ["Script 2", "Script 1"]


@pytest.mark.parametrize(
    "path", ["/scripts", "/scripts/{id}/versions", "/scripts/{id}/entitlements"]
)
@pytest.mark.parametrize("limit", ["0", "201", "-1", "ten", "1.5", "", "٣", "1" * 5000])
def test_a_limit_out_of_bounds_is_refused_and_not_cut(
    limit: str, path: str, draft: ScriptVersion, ada: User
) -> None:
    reply = as_user(ada).get(path.format(id=draft.script_id), {"limit": limit})

    assert_problem(reply, 400, "invalid_limit", "limit")


@pytest.mark.parametrize("limit", ["1", "200"])
def test_the_bounds_themselves_are_allowed(limit: str, draft: ScriptVersion, ada: User) -> None:
    assert as_user(ada).get("/scripts", {"limit": limit}).status_code == 200


@pytest.mark.parametrize("cursor", ["", "x", "cD1hYmM=", "%00", "a:b:c", "ключ", "x" * 4000])
def test_a_cursor_that_we_did_not_make_is_refused(
    cursor: str, draft: ScriptVersion, ada: User
) -> None:
    reply = as_user(ada).get(f"/scripts?cursor={quote(cursor)}")

    assert_problem(reply, 400, "invalid_cursor", "cursor")


def test_a_cursor_leads_only_through_its_own_list(five: list[str], ada: User) -> None:
    script = Script.objects.first()
    assert script is not None
    cursor = as_user(ada).get("/scripts?limit=2").json()["next"].split("cursor=")[1]

    reply = as_user(ada).get(f"/scripts/{script.pk}/versions?cursor={cursor}")

    assert_problem(reply, 400, "invalid_cursor")


def test_a_cursor_of_ours_that_names_no_key_is_refused(draft: ScriptVersion, ada: User) -> None:
    cursor = signing.dumps([False, "no key"], salt="cursor:/scripts")

    assert_problem(as_user(ada).get(f"/scripts?cursor={cursor}"), 400, "invalid_cursor")


def test_a_cursor_of_another_shows_nothing_of_theirs(
    five: list[str], ada: User, mallory: User
) -> None:
    following = as_user(ada).get("/scripts?limit=2").json()["next"]

    assert as_user(mallory).get(following).json()["results"] == []


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_parameter_that_a_list_does_not_know_is_named(prefix: str, ada: User) -> None:
    reply = as_user(ada).get(f"{prefix}/scripts?limit=5&ofset=3&a=1")

    problem = assert_problem(reply, 400, "unknown_parameter", "a")
    assert problem["unknown"] == ["a", "ofset"]
    assert "cursor, limit" in problem["detail"]
