"""Every kind of right: teams, organisations, subscriptions, and the gates of tier and feature."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Membership, TeamMembership, Tenant, Tier, User
from registry import access
from registry.access import Reason
from registry.models import Entitlement, ProductSubscription, Script
from registry.services import entitlements, grantees
from registry.services.product_subscriptions import end_product_subscription
from tests.factories import (
    NOON,
    make_entitlement,
    make_product,
    make_product_subscription,
    make_published_version,
    make_team,
)

LATER = NOON + timedelta(days=1)


def reason(user: User, script: Script, at: Any = NOON) -> Reason:
    return access.decide(user.pk, script.pk, at=at).reason


def gated(ada: User, rita: User, **permissions: list[str]) -> Script:
    return make_published_version(ada, rita, manifest={"permissions": permissions}).script


def test_a_teams_right_is_each_members_and_ends_with_leaving(
    sam: User, tenant: Tenant, script: Script
) -> None:
    team = make_team(tenant, "Quants", sam)
    make_entitlement(script, team)

    assert reason(sam, script) is Reason.TEAM
    TeamMembership.objects.filter(user=sam).delete()
    assert reason(sam, script) is Reason.NOT_ENTITLED


def test_a_team_gives_nothing_to_who_left_the_tenant(
    sam: User, tenant: Tenant, script: Script
) -> None:
    make_entitlement(script, make_team(tenant, "Quants", sam))
    Membership.objects.filter(user=sam).delete()

    assert reason(sam, script) is Reason.OUTSIDER


def test_an_organisations_right_is_its_members_across_tenants(
    olga: User, mallory: User, other_tenant: Tenant, script: Script
) -> None:
    make_entitlement(script, other_tenant, acting_user=olga)

    assert reason(mallory, script) is Reason.ORGANISATION
    assert script in access.scripts_visible_to(mallory, at=NOON)
    Membership.objects.filter(user=mallory).delete()
    assert reason(mallory, script) is Reason.OUTSIDER


def test_only_an_operator_entitles_another_organisation(
    ada: User, tenant: Tenant, other_tenant: Tenant, script: Script
) -> None:
    with pytest.raises(grantees.NoSuchOrganisation):
        make_entitlement(script, other_tenant, acting_user=ada)
    for slug in (other_tenant.slug, "unknown", "nul\x00"):
        with pytest.raises(grantees.NoSuchOrganisation):
            grantees.find_grantee(script, organisation=slug, acting_user=ada)

    make_entitlement(script, tenant, acting_user=ada)


def test_a_team_of_another_tenant_cannot_be_entitled(
    olga: User, mallory: User, other_tenant: Tenant, script: Script
) -> None:
    foreign = make_team(other_tenant, "Quants", mallory)

    with pytest.raises(grantees.NoSuchTeam):
        make_entitlement(script, foreign, acting_user=olga)
    with pytest.raises(grantees.NoSuchTeam):
        grantees.find_grantee(script, team="Quants", acting_user=olga)


def test_the_database_wants_exactly_one_grantee(
    ada: User, sam: User, tenant: Tenant, script: Script
) -> None:
    team = make_team(tenant, "Quants")
    given = {"script": script, "granted_by": ada, "starts_at": NOON, "created_at": NOON}

    for wrong in ({}, {"user": sam, "team": team}, {"team": team, "organisation": tenant}):
        with pytest.raises(IntegrityError, match="one_grantee"), transaction.atomic():
            Entitlement.objects.create(**given, **wrong)


def test_a_subscription_to_a_product_reaches_across_tenants(mallory: User, script: Script) -> None:
    make_product_subscription(make_product(script), mallory, ends_at=LATER)

    assert reason(mallory, script) is Reason.SUBSCRIBED
    assert reason(mallory, script, LATER) is Reason.OUTSIDER


@pytest.mark.parametrize("ending", ["cancelled", "not yet"])
def test_a_subscription_that_does_not_hold_gives_nothing(
    ending: str, mallory: User, script: Script
) -> None:
    starts_at = LATER if ending == "not yet" else NOON
    bought = make_product_subscription(make_product(script), mallory, starts_at=starts_at)
    if ending == "cancelled":
        end_product_subscription(bought.pk, acting_user=mallory, now=NOON)

    assert reason(mallory, script) is Reason.OUTSIDER


def test_a_tier_gates_and_does_not_grant(ada: User, rita: User, sam: User, olga: User) -> None:
    script = gated(ada, rita, tiers=["premium", "enterprise"])
    make_entitlement(script, sam)

    assert reason(sam, script) is Reason.TIER
    with pytest.raises(access.TierTooLow, match="your tier free"):
        access.require_access(sam, script, at=NOON)
    User.objects.filter(pk__in=[sam.pk, olga.pk]).update(tier="premium")
    assert reason(sam, script) is Reason.ENTITLED
    assert reason(olga, script) is Reason.NOT_ENTITLED


def test_every_feature_must_be_the_tiers(ada: User, rita: User, sam: User) -> None:
    script = gated(ada, rita, features=["alerts", "history"])
    make_entitlement(script, sam)

    for features in ([], ["alerts"], ["history", "other"]):
        Tier.objects.filter(name="free").update(features=features)
        assert reason(sam, script) is Reason.FEATURE
    Tier.objects.filter(name="free").update(features=["other", "history", "alerts"])
    assert reason(sam, script) is Reason.ENTITLED


def test_the_owner_passes_every_gate(ada: User, rita: User) -> None:
    script = gated(ada, rita, tiers=["enterprise"], features=["unknown"])

    assert reason(ada, script) is Reason.OWNER


def test_revoking_a_teams_right_ends_its_members(
    ada: User, sam: User, tenant: Tenant, script: Script
) -> None:
    team = make_team(tenant, "Quants", sam)
    make_entitlement(script, team)

    entitlements.revoke(script, team, acting_user=ada, now=NOON)

    assert reason(sam, script) is Reason.NOT_ENTITLED
    with pytest.raises(grantees.NoEntitlement):
        entitlements.revoke(script, team, acting_user=ada, now=NOON)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ending", ["team", "membership", "organisation", "subscription", "tier"])
def test_no_claim_follows_the_end_of_a_right_of_any_kind(
    ending: str, ada: User, rita: User, sam: User, tenant: Tenant
) -> None:
    script = gated(ada, rita, features=["alerts"])
    Tier.objects.filter(name="free").update(features=["alerts"])
    product = make_product(script)
    team = make_team(tenant, "Quants", sam)
    kinds: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "team": (
            lambda: make_entitlement(script, team),
            lambda: TeamMembership.objects.filter(user=sam).delete(),
        ),
        "membership": (
            lambda: make_entitlement(script, sam),
            lambda: Membership.objects.filter(user=sam).delete(),
        ),
        "organisation": (
            lambda: make_entitlement(script, tenant),
            lambda: entitlements.revoke(script, tenant, acting_user=ada, now=NOON),
        ),
        "subscription": (
            lambda: make_product_subscription(product, sam),
            lambda: ProductSubscription.objects.update(cancelled_at=NOON, cancelled_by=sam),
        ),
        "tier": (
            lambda: make_entitlement(script, sam),
            lambda: Tier.objects.filter(name="free").update(features=[]),
        ),
    }
    give, end = kinds[ending]
    give()
    ending_now, ended = Event(), Event()

    def end_it() -> None:
        try:
            ending_now.set()
            end()
            ended.set()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert access.lock_decision(sam, script, at=NOON).allowed
            outcome = pool.submit(end_it)
            assert ending_now.wait(5)
            assert not ended.wait(0.3)
        outcome.result(5)

    with transaction.atomic():
        assert not access.lock_decision(sam, script, at=NOON).allowed
