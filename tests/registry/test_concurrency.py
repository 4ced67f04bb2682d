"""Two people at once: exactly one of them changes the row."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.audit_verification import first_break
from accounts.models import AuditEvent, Role, Tenant, User
from common.errors import SignalHubError
from registry import access
from registry.dependency_graph import DependencyCycle
from registry.lifecycle import NotEditable, NotUnderReview
from registry.models import Entitlement, Review, ScriptVersion
from registry.services import drafts, entitlements, publishing, review
from tests.factories import (
    NOON,
    SOURCE,
    approve,
    make_approved_version,
    make_draft,
    make_entitlement,
    make_published_version,
    make_submitted_version,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*attempts: Callable[[], Any]) -> list[type[Exception] | None]:
    """Run attempts in threads that start together; return what each raised."""
    together = Barrier(len(attempts))

    def run(attempt: Callable[[], Any]) -> type[Exception] | None:
        try:
            together.wait()
            attempt()
        except SignalHubError as error:
            return type(error)
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


def test_of_two_approvals_one_counts(ada: User, rita: User, tenant: Tenant) -> None:
    rene = make_user("rene", tenant=tenant, roles=[Role.REVIEWER])
    version = make_submitted_version(ada)

    def approving(user: User) -> Callable[[], Any]:
        mine = ScriptVersion.objects.get(pk=version.pk)
        return lambda: approve(mine, user)

    raised = at_once(approving(rita), approving(rene))

    assert sorted(raised, key=str) == [NotUnderReview, None]
    assert Review.objects.count() == 1
    assert AuditEvent.objects.filter(event="version_approved").count() == 1
    assert first_break(tenant.slug) is None


def test_of_two_publications_one_counts(ada: User, rita: User) -> None:
    version = make_approved_version(ada, rita)

    def publishing_as(user: User) -> Callable[[], Any]:
        mine = ScriptVersion.objects.get(pk=version.pk)
        return lambda: publishing.publish_version(mine, acting_user=user, now=NOON)

    raised = at_once(publishing_as(ada), publishing_as(rita))

    assert sorted(raised, key=str) == [publishing.AlreadyPublished, None]
    assert AuditEvent.objects.filter(event="version_published").count() == 1


def test_two_scripts_published_at_once_cannot_close_a_circle(ada: User, rita: User) -> None:
    first = make_published_version(ada, rita, name="A")
    second = make_published_version(ada, rita, name="B")

    def next_approved(of: ScriptVersion, needing: ScriptVersion) -> ScriptVersion:
        draft = drafts.edit_draft(
            of.script,
            manifest={"depends_on": [needing.reference]},
            release_note="Uses the other.",
            acting_user=ada,
            now=NOON,
        )
        return approve(review.submit_for_review(draft, acting_user=ada, now=NOON), rita)

    versions = [next_approved(first, second), next_approved(second, first)]

    raised = at_once(
        *(
            lambda version=version: publishing.publish_version(version, acting_user=ada, now=NOON)
            for version in versions
        )
    )

    assert sorted(raised, key=str) == [DependencyCycle, None]


def test_of_two_grants_one_counts(ada: User, olga: User, rita: User, sam: User) -> None:
    script = make_published_version(ada, rita).script

    raised = at_once(
        lambda: entitlements.grant(script, sam, acting_user=ada, now=NOON),
        lambda: entitlements.grant(script, sam, acting_user=olga, now=NOON),
    )

    assert sorted(raised, key=str) == [entitlements.AlreadyEntitled, None]
    assert Entitlement.objects.count() == 1


def test_two_first_edits_after_a_publication_open_one_version(ada: User, rita: User) -> None:
    script = make_published_version(ada, rita).script

    def edit(source: str) -> Callable[[], Any]:
        return lambda: drafts.edit_draft(script, source=source, acting_user=ada, now=NOON)

    assert at_once(edit("x = 1\n"), edit("x = 2\n")) == [None, None]
    assert ScriptVersion.objects.filter(script=script).count() == 2


def test_an_edit_waits_for_a_submission_and_is_then_refused(ada: User) -> None:
    draft = make_draft(ada)

    def edit() -> type[Exception] | None:
        return at_once(
            lambda: drafts.edit_draft(draft.script, source="y = 2\n", acting_user=ada, now=NOON)
        )[0]

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            review.submit_for_review(draft, acting_user=ada, now=NOON)
            edited = pool.submit(edit)
            with pytest.raises(TimeoutError):
                edited.result(0.5)
        assert edited.result(5) is NotEditable

    draft.refresh_from_db()
    assert (draft.status, draft.source) == ("submitted", SOURCE)


def test_a_revocation_waits_for_a_claim_and_no_claim_follows_it(
    ada: User, rita: User, sam: User
) -> None:
    script = make_published_version(ada, rita).script
    make_entitlement(script, sam)
    revoking, revoked = Event(), Event()

    def revoke() -> None:
        try:
            revoking.set()
            entitlements.revoke(script, sam, acting_user=ada, now=NOON)
            revoked.set()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert access.lock_decision(sam, script, at=NOON).allowed
            ended = pool.submit(revoke)
            assert revoking.wait(5)
            assert not revoked.wait(0.3)
        ended.result(5)

    with transaction.atomic():
        assert not access.lock_decision(sam, script, at=NOON).allowed
