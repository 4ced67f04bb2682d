"""Publishing: the objects, the row, and what they may depend on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from accounts.models import AuditEvent, User
from accounts.principals import RoleRequired
from registry import access, queries, storage
from registry.dependency_graph import DependencyCycle
from registry.lifecycle import NotApproved, NotReleased, VersionStatus
from registry.models import Dependency, ScriptVersion
from registry.readiness import NotReadyForReview
from registry.services import drafts, entitlements, publishing
from registry.services.dependencies import NoSuchDependency
from tests.factories import (
    NOON,
    make_approved_version,
    make_entitlement,
    make_published_version,
    make_submitted_version,
    make_user,
    publish_next_version,
)


def publish(version: ScriptVersion, user: User) -> ScriptVersion:
    return publishing.publish_version(version, acting_user=user, now=NOON)


def test_a_published_version_is_stored_under_the_contracts_keys(
    ada: User, approved: ScriptVersion
) -> None:
    publish(approved, ada)

    folder = f"scripts/{ada.pk}/{approved.script_id}/1.0.0"
    assert approved.object_key == folder
    assert storage.fetch(f"{folder}/script.py").decode() == approved.source
    meta = json.loads(storage.fetch(f"{folder}/meta.json"))
    assert meta["script_id"] == str(approved.script_id)
    assert meta["owner_id"] == str(ada.pk)
    assert meta["status"] == "published"


def test_the_script_then_runs_it(ada: User, approved: ScriptVersion) -> None:
    publish(approved, ada)

    assert approved.status == VersionStatus.PUBLISHED
    assert queries.published_version(approved.script) == approved
    event = AuditEvent.objects.get(event="version_published")
    assert (event.actor, event.at) == (ada, NOON)


@pytest.mark.parametrize("name", ["ada", "rita"])
def test_author_and_reviewer_may_publish(
    name: str, request: pytest.FixtureRequest, approved: ScriptVersion
) -> None:
    publish(approved, request.getfixturevalue(name))

    assert approved.status == VersionStatus.PUBLISHED


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("sam", drafts.NotTheAuthor),
        ("olga", drafts.NotTheAuthor),
        ("mallory", access.NoSuchScript),
    ],
)
def test_nobody_else_may_publish(
    name: str, error: type[Exception], request: pytest.FixtureRequest, approved: ScriptVersion
) -> None:
    with pytest.raises(error):
        publish(approved, request.getfixturevalue(name))


@pytest.mark.parametrize("stage", ["draft", "submitted"])
def test_only_an_approved_version_is_published(
    stage: str, ada: User, request: pytest.FixtureRequest
) -> None:
    version = request.getfixturevalue(stage)

    with pytest.raises(NotApproved) as refused:
        publish(version, ada)

    assert refused.value.details["status"] == stage


def test_a_second_publication_names_the_version_and_the_next_free_one(
    ada: User, published: ScriptVersion
) -> None:
    with pytest.raises(publishing.AlreadyPublished) as refused:
        publish(published, ada)

    assert refused.value.details["version"] == "1.0.0"
    assert refused.value.details["next_version"] == "1.1.0"
    assert "RSI 1.0.0" in refused.value.message


def test_a_fault_between_the_objects_and_the_row_leaves_nothing_half_done(
    ada: User, approved: ScriptVersion
) -> None:
    def lose_the_connection(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if sql.startswith('UPDATE "registry_scriptversion"'):
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lose_the_connection), pytest.raises(OperationalError):
        publish(approved, ada)
    approved.refresh_from_db()
    assert approved.status == VersionStatus.APPROVED
    assert not AuditEvent.objects.filter(event="version_published").exists()

    publish(approved, ada)

    assert queries.published_version(approved.script) == approved


def test_a_store_that_is_down_leaves_the_version_approved(
    ada: User, approved: ScriptVersion, settings: Settings
) -> None:
    settings.S3_ENDPOINT = "http://127.0.0.1:9"

    with pytest.raises(storage.ObjectStoreDown):
        publish(approved, ada)

    approved.refresh_from_db()
    assert approved.status == VersionStatus.APPROVED
    assert approved.object_key == ""


def test_other_bytes_under_the_number_are_never_overwritten(
    ada: User, approved: ScriptVersion
) -> None:
    key = f"scripts/{ada.pk}/{approved.script_id}/1.0.0/script.py"
    storage.put_once(key, b"somebody was here", content_type="text/plain")

    with pytest.raises(storage.AlreadyStored):
        publish(approved, ada)

    assert storage.fetch(key) == b"somebody was here"


def test_dependencies_are_kept_and_resolved_in_order(ada: User, rita: User) -> None:
    average = make_published_version(ada, rita, name="Average")
    cross = make_published_version(
        ada, rita, name="Cross", manifest={"depends_on": [average.reference]}
    )
    alarm = make_published_version(
        ada, rita, name="Alarm", manifest={"depends_on": [cross.reference]}
    )

    assert queries.dependency_closure(alarm) == [average, cross]
    assert queries.dependency_closure(average) == []


def test_a_dependency_that_was_withdrawn_since_the_approval_is_refused(
    ada: User, rita: User
) -> None:
    wanted = make_published_version(ada, rita, name="Average")
    version = make_approved_version(ada, rita, manifest={"depends_on": [wanted.reference]})
    publishing.withdraw_version(wanted, note="It was wrong.", acting_user=ada, now=NOON)

    with pytest.raises(NoSuchDependency) as refused:
        publish(version, ada)

    assert refused.value.details == {"field": "depends_on", "dependency": wanted.reference}
    version.refresh_from_db()
    assert version.status == VersionStatus.APPROVED


def test_unknown_and_foreign_dependencies_look_the_same(
    ada: User, rita: User, mallory: User, other_tenant: Any
) -> None:
    rosa = make_user("rosa", tenant=other_tenant, roles=["reviewer"])
    foreign = make_published_version(mallory, rosa)
    unknown = "0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10@1.0.0"

    messages = []
    for reference in (foreign.reference, unknown):
        with pytest.raises(NotReadyForReview) as refused:
            make_approved_version(ada, rita, manifest={"depends_on": [reference]})
        assert refused.value.details["field"] == "depends_on"
        messages.append(refused.value.message.replace(reference, "X"))

    assert messages[0] == messages[1]


def test_the_owner_needs_an_entitlement_to_what_the_script_depends_on(
    ada: User, rita: User, tenant: Any
) -> None:
    alan = make_user("alan", tenant=tenant, roles=["author"])
    theirs = make_published_version(alan, rita, name="Average")
    make_entitlement(theirs.script, ada)
    version = make_approved_version(ada, rita, manifest={"depends_on": [theirs.reference]})
    entitlements.revoke(theirs.script, ada, acting_user=alan, now=NOON)

    with pytest.raises(access.DependencyNotAccessible) as refused:
        publish(version, ada)
    assert theirs.reference in refused.value.message

    make_entitlement(theirs.script, ada)
    assert publish(version, ada).status == VersionStatus.PUBLISHED


def test_two_scripts_cannot_depend_on_each_other_by_any_of_their_versions(
    ada: User, rita: User
) -> None:
    first = make_published_version(ada, rita, name="A")
    second = make_published_version(ada, rita, name="B", manifest={"depends_on": [first.reference]})

    with pytest.raises(DependencyCycle) as refused:
        publish_next_version(first.script, rita, manifest={"depends_on": [second.reference]})

    assert refused.value.details["path"] == ["A", "B", "A"]
    assert queries.published_version(first.script) == first
    assert Dependency.objects.count() == 1


def test_a_script_cannot_depend_on_its_own_earlier_version(ada: User, rita: User) -> None:
    first = make_published_version(ada, rita, name="A")

    with pytest.raises(DependencyCycle):
        publish_next_version(first.script, rita, manifest={"depends_on": [first.reference]})


def test_the_highest_published_version_runs(
    ada: User, rita: User, published: ScriptVersion
) -> None:
    newer = publish_next_version(published.script, rita, version="1.10.0")

    assert queries.published_version(published.script) == newer
    assert queries.published_version(published.script, "1.0.0") == published


def test_a_withdrawn_version_gives_way_to_the_one_before(
    ada: User, rita: User, published: ScriptVersion
) -> None:
    newer = publish_next_version(published.script, rita)

    publishing.withdraw_version(newer, note="It was wrong.", acting_user=ada, now=NOON)

    assert queries.published_version(published.script) == published
    with pytest.raises(queries.VersionWithdrawn):
        queries.published_version(published.script, "1.1.0")


def test_a_deprecated_version_still_runs_where_it_is_named(
    ada: User, rita: User, published: ScriptVersion
) -> None:
    newer = publish_next_version(published.script, rita)

    publishing.deprecate_version(newer, acting_user=rita, now=NOON)

    assert queries.published_version(published.script) == published
    assert queries.published_version(published.script, "1.1.0") == newer


def test_when_everything_is_withdrawn_nothing_runs(ada: User, published: ScriptVersion) -> None:
    publishing.withdraw_version(published, note="Gone.", acting_user=ada, now=NOON)

    with pytest.raises(queries.NoPublishedVersion):
        queries.published_version(published.script)
    with pytest.raises(NotReleased):
        publishing.withdraw_version(published, note="Again.", acting_user=ada, now=NOON)


def test_a_withdrawn_number_is_not_used_again(ada: User, published: ScriptVersion) -> None:
    publishing.withdraw_version(published, note="Gone.", acting_user=ada, now=NOON)

    with pytest.raises(drafts.VersionNotGreater):
        drafts.edit_draft(published.script, version="1.0.0", acting_user=ada, now=NOON)


@pytest.mark.parametrize("number", ["2.0.0", "latest", "", "1.0.0\x00"])
def test_an_unknown_number_is_told_apart_from_an_unpublished_script(
    published: ScriptVersion, number: str
) -> None:
    with pytest.raises(queries.NoSuchVersion):
        queries.published_version(published.script, number)


def test_a_subscriber_cannot_publish_by_being_entitled(
    ada: User, rita: User, sam: User, approved: ScriptVersion
) -> None:
    entitlements.grant(approved.script, sam, acting_user=ada, now=NOON)

    with pytest.raises((drafts.NotTheAuthor, RoleRequired)):
        publish(approved, sam)


def test_a_version_that_is_only_submitted_stores_nothing(ada: User) -> None:
    version = make_submitted_version(ada)

    with pytest.raises(NotApproved):
        publish(version, ada)

    with pytest.raises(storage.ObjectMissing):
        storage.fetch(f"scripts/{ada.pk}/{version.script_id}/1.0.0/script.py")
