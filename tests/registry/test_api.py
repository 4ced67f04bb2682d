"""The registry over HTTP: shapes, statuses, and what outsiders cannot tell apart."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from registry.lifecycle import VersionStatus
from registry.models import Script, ScriptVersion
from tests.factories import (
    SOURCE,
    as_read,
    make_draft,
    make_entitlement,
    make_published_version,
    make_user,
    record_evidence,
)

NEW: dict[str, Any] = {"name": "RSI", "source": SOURCE}
NOT_AS_READ = {"reviewed_sha256": "0" * 64, "reviewed_manifest_sha256": "0" * 64}


def as_user(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def post(user: User, path: str, body: Any = None) -> Any:
    return as_user(user).post(path, {} if body is None else body, format="json")


@pytest.mark.parametrize("prefix", ["", "/api/v2"])
def test_the_whole_way_from_draft_to_subscriber(
    prefix: str, ada: User, rita: User, sam: User
) -> None:
    created = post(ada, f"{prefix}/scripts", {**NEW, "timeframe": "1h"})
    assert created.status_code == 201
    address = created["Location"]
    assert address == f"{prefix}/scripts/{created.data['id']}"

    submitted = post(ada, f"{address}/submit", {"release_note": "First version."})
    version = ScriptVersion.objects.get()
    record_evidence(version)
    approved = post(rita, f"{address}/approve", {**as_read(version), "note": "Good."})
    published = post(ada, f"{address}/publish")
    granted = post(ada, f"{address}/entitlements", {"user": "sam"})

    assert submitted.data["version"]["status"] == "submitted"
    assert approved.data["version"]["status"] == "approved"
    assert published.data["current_version"] == "1.0.0"
    assert granted.status_code == 201
    assert granted.data["missing_dependencies"] == []
    assert as_user(sam).get(address).data["version"]["manifest"]["timeframe"] == "1h"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "RSI"}, "source"),
        ({**NEW, "nmae": "x"}, "nmae"),
        ({**NEW, "source": 7.5, "depends_on": "x"}, "depends_on"),
        ({**NEW, "input_schema": []}, "input_schema"),
        ({**NEW, "name": "a\x00b"}, "name"),
        ({**NEW, "source": "x = '\x00'"}, "source"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_a_wrong_shape_is_422_and_names_the_field(ada: User, body: Any, field: str) -> None:
    reply = post(ada, "/scripts", body)

    assert reply.status_code == 422
    assert reply["Content-Type"] == "application/problem+json"
    assert reply.data["code"] == "invalid_input"
    assert field in [error["field"] for error in reply.data["errors"]]
    assert not Script.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"timeframe": "2m"}, 422, "invalid_manifest", "timeframe"),
        ({"depends_on": ["x"]}, 422, "invalid_manifest", "depends_on"),
        ({"version": "one"}, 422, "not_a_semantic_version", "version"),
        ({"source": " "}, 422, "invalid_text", "source"),
        ({"source": "x" * 70_000}, 413, "source_too_large", "source"),
        ({"output_schema": {"type": "nonsense"}}, 422, "invalid_manifest", "output_schema"),
    ],
)
def test_what_the_rules_refuse_has_its_own_code(
    ada: User, change: dict[str, Any], status: int, code: str, field: str
) -> None:
    reply = post(ada, "/scripts", {**NEW, **change})

    assert (reply.status_code, reply.data["code"], reply.data["field"]) == (status, code, field)


def test_without_signing_in_there_is_nothing() -> None:
    assert APIClient().get("/scripts").status_code == 401


def test_a_user_without_a_tenant_writes_nothing(db: None) -> None:
    nobody = User.objects.create_user("nobody")

    assert post(nobody, "/scripts", NEW).data["code"] == "no_tenant"
    assert as_user(nobody).get("/scripts").data["results"] == []


def test_unknown_and_foreign_scripts_look_the_same(mallory: User, script: Script) -> None:
    client = as_user(mallory)

    foreign, unknown = (client.get(f"/scripts/{pk}") for pk in (script.pk, uuid4()))

    assert foreign.status_code == unknown.status_code == 404
    assert {**foreign.data, "script_id": ""} == {**unknown.data, "script_id": ""}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("submit", {}),
        ("approve", NOT_AS_READ),
        ("request-changes", {"note": "No."}),
        ("publish", {}),
        ("entitlements", {"user": "mallory"}),
    ],
)
def test_an_outsider_gets_404_for_every_step(
    path: str, body: dict[str, str], mallory: User, submitted: ScriptVersion
) -> None:
    assert post(mallory, f"/scripts/{submitted.script_id}/{path}", body).status_code == 404


def test_the_list_holds_what_one_may_see_and_nothing_else(
    ada: User, rita: User, sam: User, mallory: User, script: Script
) -> None:
    make_draft(ada, name="Unfinished")
    make_draft(mallory, name="Foreign")
    make_entitlement(script, sam)

    def names(user: User) -> list[str]:
        return [row["name"] for row in as_user(user).get("/scripts").data["results"]]

    assert names(ada) == names(rita) == ["Unfinished", "RSI"]
    assert names(sam) == ["RSI"]
    assert names(mallory) == ["Foreign"]


def test_the_list_is_paged_by_cursor(ada: User) -> None:
    for number in range(3):
        make_draft(ada, name=f"Script {number}")

    first = as_user(ada).get("/scripts?limit=2")
    second = as_user(ada).get(first.data["next"])

    assert [row["name"] for row in first.data["results"]] == ["Script 2", "Script 1"]
    assert [row["name"] for row in second.data["results"]] == ["Script 0"]


def test_a_subscriber_sees_neither_source_nor_drafts(
    ada: User, sam: User, published: ScriptVersion
) -> None:
    make_entitlement(published.script, sam)
    address = f"/scripts/{published.script_id}"
    as_user(ada).patch(address, {"source": "secret = 2\n"}, format="json")

    detail = as_user(sam).get(address).data
    versions = as_user(sam).get(f"{address}/versions").data["results"]

    assert "source" not in detail["version"]
    assert [version["version"] for version in versions] == ["1.0.0"]
    assert as_user(sam).get(f"{address}/versions/1.1.0").status_code == 404
    assert "source" not in as_user(sam).get(f"{address}/versions/1.0.0").data
    assert as_user(ada).get(f"{address}/versions/1.1.0").data["source"] == "secret = 2\n"


def test_a_member_without_a_right_is_told_whom_to_ask(sam: User, script: Script) -> None:
    reply = as_user(sam).get(f"/scripts/{script.pk}")

    assert (reply.status_code, reply.data["code"]) == (403, "not_entitled")
    assert "ada" in reply.data["detail"]


def test_editing_after_a_publication_opens_the_next_version(
    ada: User, published: ScriptVersion
) -> None:
    reply = as_user(ada).patch(
        f"/scripts/{published.script_id}", {"source": "y = 2\n"}, format="json"
    )

    assert reply.data["current_version"] == "1.0.0"
    assert (reply.data["version"]["version"], reply.data["version"]["status"]) == (
        "1.1.0",
        "draft",
    )


def test_an_author_cannot_approve_over_http(ada: User, submitted: ScriptVersion) -> None:
    ada.memberships.create(tenant=submitted.script.tenant, role="reviewer")

    reply = post(
        ada,
        f"/scripts/{submitted.script_id}/approve",
        as_read(submitted),
    )

    assert (reply.status_code, reply.data["code"]) == (403, "reviewer_is_author")


def test_an_approval_of_an_old_page_is_409(rita: User, submitted: ScriptVersion) -> None:
    reply = post(rita, f"/scripts/{submitted.script_id}/approve", NOT_AS_READ)

    assert (reply.status_code, reply.data["code"]) == (409, "source_changed")


def test_requesting_changes_needs_a_note(rita: User, submitted: ScriptVersion) -> None:
    reply = post(rita, f"/scripts/{submitted.script_id}/request-changes", {"note": ""})

    assert reply.status_code == 422
    assert reply.data["errors"][0]["field"] == "note"


@pytest.mark.parametrize("body", [{}, {"version": "1.0.0"}])
def test_a_second_publication_is_409_and_names_the_next_version(
    ada: User, published: ScriptVersion, body: dict[str, str]
) -> None:
    reply = post(ada, f"/scripts/{published.script_id}/publish", body)

    assert (reply.status_code, reply.data["code"]) == (409, "already_published")
    assert reply.data["next_version"] == "1.1.0"


def test_publishing_a_circle_is_409_with_its_path(ada: User, rita: User) -> None:
    first = make_published_version(ada, rita, name="A")
    second = make_published_version(ada, rita, name="B", manifest={"depends_on": [first.reference]})
    address = f"/scripts/{first.script_id}"
    edited = as_user(ada).patch(
        address, {"depends_on": [second.reference], "release_note": "Circle."}, format="json"
    )
    post(ada, f"{address}/submit")
    version = ScriptVersion.objects.get(pk=edited.data["version"]["id"])
    record_evidence(version)
    assert post(rita, f"{address}/approve", as_read(version)).status_code == 200

    reply = post(ada, f"{address}/publish")

    assert (reply.status_code, reply.data["code"]) == (409, "dependency_cycle")
    assert reply.data["path"] == ["A", "B", "A"]
    assert ScriptVersion.objects.get(script=first.script, version="1.1.0").status == (
        VersionStatus.APPROVED
    )


def test_granting_names_what_else_the_user_needs(
    ada: User, rita: User, sam: User, tenant: Any
) -> None:
    alan = make_user("alan", tenant=tenant, roles=["author"])
    average = make_published_version(alan, rita, name="Average")
    make_entitlement(average.script, ada)
    cross = make_published_version(ada, rita, manifest={"depends_on": [average.reference]})

    reply = post(ada, f"/scripts/{cross.script_id}/entitlements", {"user": sam.pk})

    assert reply.status_code == 201
    assert reply.data["missing_dependencies"] == [
        {"script_id": str(average.script_id), "name": "Average"}
    ]


@pytest.mark.parametrize("user", ["mallory", "nobody", "", "a\x00", 10**30, True, None, ["sam"]])
def test_whoever_cannot_be_entitled_is_a_wrong_user(
    ada: User, mallory: User, script: Script, user: Any
) -> None:
    reply = post(ada, f"/scripts/{script.pk}/entitlements", {"user": user})

    assert reply.status_code == 422


def test_revoking_ends_the_right_and_is_listed(ada: User, sam: User, script: Script) -> None:
    make_entitlement(script, sam)
    address = f"/scripts/{script.pk}/entitlements"

    revoked = as_user(ada).delete(f"{address}/{sam.pk}")
    again = as_user(ada).delete(f"{address}/{sam.pk}")

    assert revoked.status_code == 204
    assert (again.status_code, again.data["code"]) == (404, "no_entitlement")
    assert as_user(ada).get(address).data["results"][0]["revoked_at"] is not None
    assert as_user(sam).get(f"/scripts/{script.pk}").status_code == 403


def test_a_subscriber_does_not_see_who_else_is_entitled(sam: User, script: Script) -> None:
    make_entitlement(script, sam)

    reply = as_user(sam).get(f"/scripts/{script.pk}/entitlements")

    assert (reply.status_code, reply.data["code"]) == (403, "may_not_grant")


@pytest.mark.parametrize("path", ["/scripts/not-a-uuid", "/scripts/1/versions"])
def test_a_malformed_id_is_404(ada: User, path: str) -> None:
    assert as_user(ada).get(path).status_code == 404


@pytest.mark.parametrize("cursor", ["cD1nYXJiYWdl", "!!!", "cD0lMDA="])
def test_a_made_up_cursor_is_never_our_fault(ada: User, cursor: str) -> None:
    make_draft(ada)

    reply = as_user(ada).get(f"/scripts?cursor={cursor}")

    assert reply.status_code < 500
