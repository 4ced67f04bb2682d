"""Who may use a script, and who may see it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, User
from registry import access
from registry.access import Reason
from registry.models import Script, ScriptVersion
from registry.services import entitlements
from tests.factories import NOON, make_draft, make_entitlement, make_published_version

LATER = NOON + timedelta(days=1)


def test_the_owner_may_use_it(ada: User, script: Script) -> None:
    assert access.decide(ada.pk, script.pk, at=NOON) == access.Decision(True, Reason.OWNER)


def test_an_entitled_user_may_use_it(sam: User, script: Script) -> None:
    make_entitlement(script, sam)

    decision = access.decide(sam.pk, script.pk, at=NOON)

    assert (decision.allowed, decision.reason) == (True, Reason.ENTITLED)


@pytest.mark.parametrize("name", ["sam", "rita", "olga"])
def test_a_member_without_an_entitlement_may_not_use_it_but_know_it(
    name: str, request: pytest.FixtureRequest, script: Script
) -> None:
    user = request.getfixturevalue(name)

    assert not access.may_access(user, script, at=NOON)
    with pytest.raises(access.NotEntitled, match="RSI; ask ada"):
        access.require_access(user, script, at=NOON)


def test_an_outsider_learns_nothing(mallory: User, script: Script) -> None:
    with pytest.raises(access.NoSuchScript):
        access.require_access(mallory, script, at=NOON)
    with pytest.raises(access.NoSuchScript):
        access.require_visible(mallory, script.pk, at=NOON)


def test_an_entitlement_means_nothing_outside_the_tenant(
    ada: User, sam: User, script: Script
) -> None:
    make_entitlement(script, sam)
    Membership.objects.filter(user=sam).delete()

    assert access.decide(sam.pk, script.pk, at=NOON).reason is Reason.OUTSIDER


def test_an_owner_who_left_the_tenant_may_not_use_it_any_more(ada: User, script: Script) -> None:
    Membership.objects.filter(user=ada).delete()

    assert not access.may_access(ada, script, at=NOON)


def test_an_inactive_user_may_use_nothing(sam: User, script: Script) -> None:
    make_entitlement(script, sam)
    sam.is_active = False
    sam.save()

    assert not access.may_access(sam, script, at=NOON)
    assert not access.entitled_users(script, at=NOON).filter(pk=sam.pk).exists()


def test_a_right_holds_from_its_start_until_just_before_its_end(sam: User, script: Script) -> None:
    make_entitlement(script, sam, starts_at=NOON, ends_at=LATER)
    moment = timedelta(microseconds=1)

    assert not access.may_access(sam, script, at=NOON - moment)
    assert access.may_access(sam, script, at=NOON)
    assert access.may_access(sam, script, at=LATER - moment)
    assert not access.may_access(sam, script, at=LATER)


def test_a_revoked_right_has_ended(ada: User, sam: User, script: Script) -> None:
    make_entitlement(script, sam)

    entitlements.revoke(script, sam, acting_user=ada, now=NOON)

    assert not access.access_still_valid(sam.pk, script.pk, at=NOON)


def test_the_published_manifest_can_name_members_but_nobody_outside(
    ada: User, rita: User, sam: User, mallory: User
) -> None:
    named = {"permissions": {"allowed_users": [str(sam.pk), str(mallory.pk)]}}
    script = make_published_version(ada, rita, manifest=named).script

    assert access.decide(sam.pk, script.pk, at=NOON).reason is Reason.NAMED_IN_MANIFEST
    assert access.decide(mallory.pk, script.pk, at=NOON).reason is Reason.OUTSIDER
    assert set(access.entitled_users(script, at=NOON)) == {ada, sam}


def test_a_draft_cannot_name_anybody(ada: User, sam: User) -> None:
    named = {"permissions": {"allowed_users": [str(sam.pk)]}}
    script = make_draft(ada, manifest=named).script

    assert not access.may_access(sam, script, at=NOON)


def test_a_name_in_the_manifest_is_matched_whole(ada: User, rita: User, sam: User) -> None:
    named = {"permissions": {"allowed_users": [f"{sam.pk}0", f"1{sam.pk}"]}}
    script = make_published_version(ada, rita, manifest=named).script

    assert not access.may_access(sam, script, at=NOON)


def test_one_query_is_enough(sam: User, script: Script) -> None:
    with CaptureQueriesContext(connection) as captured:
        access.access_still_valid(sam.pk, script.pk, at=NOON)

    assert len(captured) == 1


def test_the_rule_is_not_planned_for_every_decision(sam: User, script: Script) -> None:
    for _ in range(10):
        access.lock_decision(sam, script, at=NOON)

    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans > 0 FROM pg_prepared_statements")
        known = dict(cursor.fetchall())
    assert [known[text] for text in known if "accounts_membership" in text] == [True, True]


def test_the_lists_agree_with_the_decision(
    ada: User, rita: User, sam: User, olga: User, mallory: User, script: Script
) -> None:
    make_entitlement(script, sam)

    for user in (ada, rita, sam, olga, mallory):
        allowed = access.may_access(user, script, at=NOON)
        assert access.scripts_accessible_to(user, at=NOON).filter(pk=script.pk).exists() == allowed
        assert access.entitled_users(script, at=NOON).filter(pk=user.pk).exists() == allowed
        assert access.lock_decision(user, script, at=NOON).allowed == allowed


@pytest.mark.parametrize(
    ("name", "sees", "reads"),
    [
        ("ada", True, True),
        ("rita", True, True),
        ("olga", True, True),
        ("sam", False, False),
        ("mallory", False, False),
    ],
)
def test_overseers_see_the_tenants_scripts_with_their_source(
    name: str, sees: bool, reads: bool, request: pytest.FixtureRequest, draft: ScriptVersion
) -> None:
    user = request.getfixturevalue(name)

    visible = access.scripts_visible_to(user, at=NOON)
    assert visible.filter(pk=draft.script_id).exists() == sees
    assert access.may_read_source(user, draft.script) == reads


def test_a_user_of_two_tenants_acts_in_one(
    ada: User, other_tenant: Any, tenant: Any, script: Script
) -> None:
    Membership.objects.create(user=ada, tenant=other_tenant, role="admin")

    assert access.principal_in(script, ada).roles == {"author"}
