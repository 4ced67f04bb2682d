"""The rules that hold whatever code writes: asked of the database directly."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.canonical import sha256
from registry.models import Dependency, Entitlement, ScriptVersion
from tests.factories import NOON, make_draft, make_published_version

RESTRICT_VIOLATION = "23001"
CONTENT: list[dict[str, Any]] = [
    {"source": "y = 2\n", "source_sha256": sha256(b"y = 2\n")},
    {"manifest": {}},
    {"version": "9.9.9"},
    {"edited_at": NOON.replace(year=2027)},
]


def refuses(row: ScriptVersion, **changes: Any) -> bool:
    """Tell whether the trigger, and not some other rule, refuses a direct update."""
    try:
        with transaction.atomic():
            ScriptVersion.objects.filter(pk=row.pk).update(**changes)
    except DatabaseError as error:
        return getattr(error.__cause__, "sqlstate", "") == RESTRICT_VIOLATION
    return False


@pytest.mark.parametrize("stage", ["submitted", "approved", "published"])
@pytest.mark.parametrize("changes", CONTENT)
def test_what_was_submitted_cannot_be_changed(
    stage: str, changes: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    assert refuses(request.getfixturevalue(stage), **changes)


def test_a_submitted_version_cannot_move_to_another_script(
    ada: User, submitted: ScriptVersion
) -> None:
    other = make_draft(ada, name="Other").script

    assert refuses(submitted, script=other)


def test_content_cannot_change_on_the_way_back_to_the_author(submitted: ScriptVersion) -> None:
    assert refuses(submitted, status="changes_requested", manifest={})
    assert not refuses(submitted, status="changes_requested")


@pytest.mark.parametrize(
    ("stage", "status"),
    [
        ("draft", "approved"),
        ("draft", "published"),
        ("submitted", "draft"),
        ("submitted", "published"),
        ("published", "draft"),
        ("published", "approved"),
        ("published", "submitted"),
    ],
)
def test_the_database_knows_the_order_of_states(
    stage: str, status: str, request: pytest.FixtureRequest
) -> None:
    assert refuses(request.getfixturevalue(stage), status=status)


def test_how_a_version_was_published_cannot_be_rewritten(
    published: ScriptVersion, rita: User
) -> None:
    assert refuses(published, published_by=rita)
    assert refuses(published, object_key="elsewhere")
    assert refuses(published, release_note="Nothing happened.")


def test_a_published_version_cannot_be_deleted(published: ScriptVersion) -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="it stays"):
        cursor.execute("DELETE FROM registry_scriptversion WHERE id = %s", [published.pk])


def test_the_hash_is_of_the_source(draft: ScriptVersion) -> None:
    with pytest.raises(IntegrityError, match="source_sha256_is_of_the_source"):
        ScriptVersion.objects.filter(pk=draft.pk).update(source="y = 2\n")


def test_nobody_approves_their_own_version_whatever_the_code(
    ada: User, submitted: ScriptVersion
) -> None:
    with pytest.raises(IntegrityError, match="nobody_approves_their_own_version"):
        ScriptVersion.objects.filter(pk=submitted.pk).update(
            status="approved",
            approved_by=ada,
            approved_at=NOON,
            approved_sha256=submitted.source_sha256,
        )


def test_an_approved_version_is_what_was_reviewed(rita: User, submitted: ScriptVersion) -> None:
    with pytest.raises(IntegrityError, match="approved_versions_are_what_was_reviewed"):
        ScriptVersion.objects.filter(pk=submitted.pk).update(
            status="approved", approved_by=rita, approved_at=NOON, approved_sha256="0" * 64
        )


@pytest.mark.parametrize("missing", ["published_at", "published_by", "object_key"])
def test_a_published_version_has_a_date_a_publisher_and_an_object(
    ada: User, approved: ScriptVersion, missing: str
) -> None:
    complete = {"published_at": NOON, "published_by": ada, "object_key": "scripts/1"}
    changes = {**complete, missing: "" if missing == "object_key" else None}

    with pytest.raises(IntegrityError, match="published_versions_have_a_date_and_an_object"):
        ScriptVersion.objects.filter(pk=approved.pk).update(status="published", **changes)


def test_a_script_has_one_open_version(draft: ScriptVersion) -> None:
    draft.pk = None
    draft.version = "2.0.0"

    with pytest.raises(IntegrityError, match="one_open_version_per_script"):
        ScriptVersion.objects.create(
            script=draft.script,
            version="2.0.0",
            author=draft.author,
            source=draft.source,
            source_sha256=draft.source_sha256,
            manifest=draft.manifest,
            created_at=NOON,
            edited_at=NOON,
        )


def test_no_version_needs_itself(published: ScriptVersion) -> None:
    with pytest.raises(IntegrityError, match="no_version_needs_itself"):
        Dependency.objects.create(version=published, requires=published)


def test_an_entitlement_ends_after_it_starts(
    published: ScriptVersion, ada: User, sam: User
) -> None:
    with pytest.raises(IntegrityError, match="entitlements_end_after_they_start"):
        Entitlement.objects.create(
            script=published.script,
            user=sam,
            granted_by=ada,
            starts_at=NOON,
            ends_at=NOON,
            created_at=NOON,
        )


def test_a_revocation_has_an_actor(published: ScriptVersion, ada: User, sam: User) -> None:
    with pytest.raises(IntegrityError, match="revocations_have_an_actor"):
        Entitlement.objects.create(
            script=published.script,
            user=sam,
            granted_by=ada,
            starts_at=NOON,
            revoked_at=NOON,
            created_at=NOON,
        )


def test_publishing_writes_the_row_once(ada: User, rita: User) -> None:
    with CaptureQueriesContext(connection) as captured:
        make_published_version(ada, rita)

    written = [q["sql"] for q in captured if "\"status\" = 'published'" in q["sql"]]
    assert sum(sql.startswith("UPDATE") for sql in written) == 1
