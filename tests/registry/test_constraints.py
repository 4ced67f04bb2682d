"""The rules that hold whatever code writes: asked of the database directly."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.canonical import sha256
from common.ids import uuid7
from registry import lifecycle
from registry.lifecycle import VersionStatus
from registry.models import (
    Dependency,
    Entitlement,
    Review,
    Script,
    ScriptVersion,
    Verdict,
    VersionEvidence,
)
from registry.services import publishing, review
from tests.factories import (
    NOON,
    approve,
    make_draft,
    make_published_version,
    record_evidence,
)

RESTRICT_VIOLATION = "23001"
CONTENT: list[dict[str, Any]] = [
    {"source": "y = 2\n", "source_sha256": sha256(b"y = 2\n")},
    {"manifest": {}},
    {"version": "9.9.9"},
    {"edited_at": NOON.replace(year=2027)},
]

WAYS = {
    VersionStatus.DRAFT: (),
    VersionStatus.SUBMITTED: ("submit",),
    VersionStatus.CHANGES_REQUESTED: ("submit", "request_changes"),
    VersionStatus.APPROVED: ("submit", "approve"),
    VersionStatus.PUBLISHED: ("submit", "approve", "publish"),
    VersionStatus.DEPRECATED: ("submit", "approve", "publish", "deprecate"),
    VersionStatus.WITHDRAWN: ("submit", "approve", "publish", "withdraw"),
}


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
        claim_approval(submitted, ada)


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


def in_state(status: str, author: User, reviewer: User) -> ScriptVersion:
    """Take a version to a state, by the services."""
    version = make_draft(author)
    steps = WAYS[VersionStatus(status)]
    if "submit" in steps:
        review.submit_for_review(version, acting_user=author, now=NOON)
    if "request_changes" in steps:
        review.request_changes(version, note="No.", acting_user=reviewer, now=NOON)
    if "approve" in steps:
        approve(version, reviewer)
    if "publish" in steps:
        publishing.publish_version(version, acting_user=author, now=NOON)
    if "deprecate" in steps:
        publishing.deprecate_version(version, acting_user=author, now=NOON)
    if "withdraw" in steps:
        publishing.withdraw_version(version, note="No.", acting_user=author, now=NOON)
    assert version.status == status
    return version


def test_the_database_lets_a_version_go_exactly_where_the_table_does(ada: User, rita: User) -> None:
    permitted = {
        (source.value, lifecycle.target_of(step).value)
        for step, row in lifecycle.TRANSITIONS.items()
        if row.target is not None
        for source in row.sources
    }

    let_through = set()
    for source in VersionStatus:
        version = in_state(source, ada, rita)
        for target in VersionStatus:
            if target != source and not stops_the_step(version, target):
                let_through.add((source.value, target.value))

    assert let_through == permitted


def stops_the_step(version: ScriptVersion, target: str) -> bool:
    """Tell whether it is the order of the states that refuses an update by hand."""
    update = "UPDATE registry_scriptversion SET status = %s WHERE id = %s"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(update, [target, version.pk])
            transaction.set_rollback(True)
    except DatabaseError as error:
        return "cannot go from" in str(error)
    return False


@pytest.mark.parametrize("status", [s for s in VersionStatus if s != VersionStatus.DRAFT])
def test_a_version_begins_as_a_draft(status: str, draft: ScriptVersion) -> None:
    columns = (
        "id, script_id, version, status, author_id, source, source_sha256, manifest, release_note, "
        "created_at, edited_at, approved_sha256, approved_manifest_sha256, object_key, "
        "suspension_reason, repaints"
    )
    copied = columns.replace("id, script_id, version, status", "%s::uuid, script_id, '7.0.0', %s")
    insert = (
        f"INSERT INTO registry_scriptversion ({columns}) "
        f"SELECT {copied} FROM registry_scriptversion WHERE id = %s"
    )

    with (
        pytest.raises(IntegrityError, match="cannot begin as"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(insert, [uuid7(), status, draft.pk])


def test_an_author_cannot_step_aside_to_approve(
    ada: User, rita: User, draft: ScriptVersion
) -> None:
    assert refuses(draft, author=rita)

    review.submit_for_review(draft, acting_user=ada, now=NOON)
    assert refuses(draft, author=rita)


def test_an_owner_cannot_give_a_script_away_to_approve_it(
    rita: User, submitted: ScriptVersion
) -> None:
    with pytest.raises(IntegrityError, match="whose it is cannot change"), transaction.atomic():
        Script.objects.filter(pk=submitted.script_id).update(owner=rita)


def test_an_author_cannot_say_that_a_reviewer_approved(
    rita: User, submitted: ScriptVersion
) -> None:
    with pytest.raises(IntegrityError, match="approved_versions_are_what_was_reviewed"):
        claim_approval(submitted, rita)


def test_a_verdict_that_was_taken_back_approves_nothing(
    ada: User, rita: User, approved: ScriptVersion
) -> None:
    review.request_changes(approved, note="Wait.", acting_user=rita, now=NOON)
    review.submit_for_review(approved, acting_user=ada, now=NOON)

    with pytest.raises(IntegrityError, match="approved_versions_are_what_was_reviewed"):
        claim_approval(approved, rita)


@pytest.mark.parametrize("field", ["source_sha256", "manifest_sha256"])
def test_a_verdict_on_other_bytes_approves_nothing(
    field: str, rita: User, submitted: ScriptVersion
) -> None:
    give_verdict(submitted, rita, **{field: "0" * 64})

    with pytest.raises(IntegrityError, match="approved_versions_are_what_was_reviewed"):
        claim_approval(submitted, rita)


def test_nobody_gives_a_verdict_on_their_own_version(ada: User, submitted: ScriptVersion) -> None:
    with pytest.raises(IntegrityError, match="nobody_approves_their_own_version"):
        give_verdict(submitted, ada)


def test_a_verdict_stays(approved: ScriptVersion, olga: User) -> None:
    with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
        Review.objects.update(reviewer=olga)
    with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
        Review.objects.all().delete()


@pytest.mark.parametrize("stage", ["approved", "published"])
def test_how_a_version_was_approved_cannot_be_rewritten(
    stage: str, olga: User, request: pytest.FixtureRequest
) -> None:
    version = request.getfixturevalue(stage)

    assert refuses(version, approved_by=olga)
    assert refuses(version, approved_at=NOON.replace(year=2020))
    assert refuses(version, approved_manifest_sha256="0" * 64)


def test_a_label_stays_once_it_is_approved(rita: User, submitted: ScriptVersion) -> None:
    approve(submitted, rita, repaints=True)

    assert refuses(submitted, repaints=False)


@pytest.mark.parametrize("stage", ["draft", "submitted"])
def test_an_approval_cannot_be_written_beforehand(
    stage: str, rita: User, request: pytest.FixtureRequest
) -> None:
    version = request.getfixturevalue(stage)

    with pytest.raises(IntegrityError, match="only_approved_versions_name_an_approval"):
        ScriptVersion.objects.filter(pk=version.pk).update(approved_by=rita)


def test_a_publication_cannot_be_written_beforehand(ada: User, approved: ScriptVersion) -> None:
    with pytest.raises(IntegrityError, match="only_published_versions_name_a_publication"):
        ScriptVersion.objects.filter(pk=approved.pk).update(object_key="scripts/1")


@pytest.mark.parametrize(
    ("changes", "published"),
    [
        ({}, True),
        ({"report": {"lookahead": {"verdict": "undecided"}}}, True),
        ({"report": {"lookahead": {"verdict": "looks_ahead"}}}, False),
        ({"report": {}}, False),
        ({"source_sha256": "0" * 64}, False),
        ({"manifest_sha256": "0" * 64}, False),
        ({"made_at": None}, False),
    ],
)
def test_the_database_publishes_nothing_without_evidence(
    ada: User, approved: ScriptVersion, changes: dict[str, Any], published: bool
) -> None:
    VersionEvidence.objects.filter(version=approved).update(**changes)

    assert publishes_by_hand(approved, ada) is published


def test_the_database_publishes_what_is_labelled(
    ada: User, rita: User, submitted: ScriptVersion
) -> None:
    record_evidence(submitted, verdict="looks_ahead")
    approve(submitted, rita, repaints=True)

    assert publishes_by_hand(submitted, ada)


def test_a_script_runs_only_its_own_published_versions(
    ada: User, rita: User, published: ScriptVersion, draft_of_another: ScriptVersion
) -> None:
    other = make_published_version(ada, rita)
    script = Script.objects.filter(pk=published.script_id)

    for version in (other, draft_of_another):
        with (
            pytest.raises(IntegrityError, match="only a published version of its own"),
            transaction.atomic(),
        ):
            script.update(current_version=version)


def test_what_a_published_version_needs_stays(ada: User, rita: User) -> None:
    average = make_published_version(ada, rita, name="Average")
    cross = make_published_version(
        ada, rita, name="Cross", manifest={"depends_on": [average.reference]}
    )

    for write in (
        lambda: Dependency.objects.filter(version=cross).update(requires=cross),
        lambda: Dependency.objects.filter(version=cross).delete(),
    ):
        with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
            write()


@pytest.fixture
def draft_of_another(ada: User) -> ScriptVersion:
    return make_draft(ada, name="Another")


def give_verdict(version: ScriptVersion, reviewer: User, **fields: Any) -> Review:
    given = {
        "verdict": Verdict.APPROVE,
        "source_sha256": version.source_sha256,
        "manifest_sha256": version.manifest_sha256,
        "created_at": NOON,
        **fields,
    }
    return Review.objects.create(version=version, reviewer=reviewer, **given)


def claim_approval(version: ScriptVersion, reviewer: User) -> None:
    ScriptVersion.objects.filter(pk=version.pk).update(
        status="approved",
        approved_by=reviewer,
        approved_at=NOON,
        approved_sha256=version.source_sha256,
        approved_manifest_sha256=version.manifest_sha256,
    )


def publishes_by_hand(version: ScriptVersion, publisher: User) -> bool:
    """Tell whether an update by hand publishes a version; evidence may be all that it lacks."""
    try:
        with transaction.atomic():
            ScriptVersion.objects.filter(pk=version.pk).update(
                status="published", published_at=NOON, published_by=publisher, object_key="x"
            )
    except IntegrityError as error:
        if "published_versions_have_evidence" not in str(error):
            raise
        return False
    return True
