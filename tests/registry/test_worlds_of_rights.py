"""Random worlds of two houses against a small model: every way to ask gives the model's answer."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts.models import Membership, Role, Team, TeamMembership, Tenant, Tier, User
from common.clock import utc_now
from common.errors import Conflict, InvalidInput
from common.row_scope import scope_of, within
from registry import access
from registry.access import Reason
from registry.access_rule import ALLOWING
from registry.explanations import explain
from registry.models import (
    Entitlement,
    Product,
    ProductSubscription,
    Script,
    ScriptVersion,
)
from registry.services import entitlements
from tests.factories import make_draft, make_product, make_published_version, make_team, make_user

pytestmark = pytest.mark.django_db

TIERS = ("free", "premium")
FEATURE = "alerts"
Grantee = User | Team | Tenant


class Cast:
    """What every world begins with: two houses, their people, teams, scripts and products."""

    def __init__(self) -> None:
        houses = [
            Tenant.objects.create(name="Alpha", slug="alpha"),
            Tenant.objects.create(name="Beta", slug="beta"),
        ]
        self.houses = houses
        self.operators = {
            house.pk: make_user(f"operator of {house}", tenant=house, roles=[Role.OPERATOR])
            for house in houses
        }
        owners = [
            make_user(f"owner of {house}", tenant=house, roles=["author"]) for house in houses
        ]
        reviewer = make_user("reviewer", tenant=houses[0], roles=["reviewer"])
        self.people = [
            make_user(f"person {n}", tenant=houses[n % 2], roles=["subscriber"]) for n in range(3)
        ]
        self.users = [*owners, *self.people]
        gated = {"permissions": {"tiers": ["premium"], "features": [FEATURE]}}
        ids = [str(user.pk) for user in self.people]
        named = {"permissions": {"allowed_users": ids, "features": [FEATURE]}}
        self.scripts = [
            make_published_version(owners[0], reviewer, manifest=gated).script,
            make_published_version(owners[0], reviewer, manifest=named).script,
            make_draft(owners[1], description="canary of Beta").script,
        ]
        self.permissions = {
            script.pk: (script.current_version.manifest if script.current_version else {}).get(
                "permissions", {}
            )
            for script in self.scripts
        }
        self.products = [make_product(script) for script in self.scripts[:2]]
        self.teams = [make_team(house, f"team of {house}") for house in houses]


class Worlds(RuleBasedStateMachine):
    """Changes a world and the model of it alike."""

    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now = utc_now()
        cast = self.cast
        self.inactive: set[int] = set()
        self.members = set(
            Membership.objects.filter(user__in=cast.users).values_list("user", "tenant")
        )
        self.mates: set[tuple[int, int]] = set()
        self.tier = dict.fromkeys((user.pk for user in cast.users), "free")
        self.has_feature = dict.fromkeys(TIERS, False)
        self.granted: dict[tuple[uuid.UUID, str, Any], datetime | None] = {}
        self.revoked: set[tuple[uuid.UUID, str, Any]] = set()
        self.bought: dict[tuple[int, uuid.UUID], datetime | None] = {}

    def teardown(self) -> None:
        if not transaction.get_connection().needs_rollback:
            for user, subject in product(self.cast.users, self.cast.scripts):
                self._ask_about_one(user, subject)
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(data=st.data())
    def begin_anywhere(self, data: st.DataObject) -> None:
        """Begin far from the first world, where steps alone would seldom come."""
        pairs = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), unique=True, max_size=6)
        # Rights first, of those who have not left yet.
        for script, kind, which in data.draw(
            st.lists(
                st.tuples(
                    st.integers(0, 2),
                    st.sampled_from(["user", "team", "organisation"]),
                    st.integers(0, 2),
                ),
                min_size=2,
                max_size=6,
            )
        ):
            self._grant_or_revoke(script, kind, which, None)
        for person, team in data.draw(pairs):
            self._join_or_leave_a_team(person, team)
        for person, house in data.draw(pairs):
            self._join_or_leave_a_house(person, house)
        for tier in data.draw(st.lists(st.sampled_from(TIERS), unique=True)):
            self._change_what_a_tier_has(tier, has=True)
        for person in data.draw(st.lists(st.integers(0, 2), unique=True)):
            self._change_tier(person, "premium")

    # What changes the world.

    @rule(person=st.integers(0, 2), house=st.integers(0, 1))
    def join_or_leave_a_house(self, person: int, house: int) -> None:
        self._join_or_leave_a_house(person, house)

    def _join_or_leave_a_house(self, person: int, house: int) -> None:
        user, tenant = self.cast.people[person], self.cast.houses[house]
        pair = (user.pk, tenant.pk)
        if pair in self.members:
            Membership.objects.filter(user=user, tenant=tenant).delete()
        else:
            Membership.objects.create(user=user, tenant=tenant, role="subscriber")
        self.members ^= {pair}

    @rule(person=st.integers(0, 2), team=st.integers(0, 1))
    def join_or_leave_a_team(self, person: int, team: int) -> None:
        self._join_or_leave_a_team(person, team)

    def _join_or_leave_a_team(self, person: int, team: int) -> None:
        user, group = self.cast.people[person], self.cast.teams[team]
        pair = (user.pk, group.pk)
        if pair in self.mates:
            TeamMembership.objects.filter(user=user, team=group).delete()
        else:
            TeamMembership.objects.create(user=user, team=group, created_at=self.now)
        self.mates ^= {pair}

    @rule(
        script=st.integers(0, 2),
        kind=st.sampled_from(["user", "team", "organisation"]),
        which=st.integers(0, 2),
        days=st.sampled_from([None, 1, 3]),
    )
    def grant_or_revoke(self, script: int, kind: str, which: int, days: int | None) -> None:
        self._grant_or_revoke(script, kind, which, days)

    def _grant_or_revoke(self, script: int, kind: str, which: int, days: int | None) -> None:
        subject, grantee = self.cast.scripts[script], self._grantee(kind, which)
        key = (subject.pk, kind, grantee.pk)
        operator = self.cast.operators[subject.tenant_id]
        ends_at = self.now + timedelta(days=days) if days else None
        if self._holds(self.granted.get(key, self.now)):
            entitlements.revoke(subject, grantee, acting_user=operator, now=self.now)
            self.granted[key] = self.now
            self.revoked.add(key)
            return
        may = kind == "organisation" or self._is_of_house(kind, grantee, subject)
        try:
            entitlements.grant(
                subject, grantee, ends_at=ends_at, acting_user=operator, now=self.now
            )
        except (InvalidInput, Conflict):
            assert not may
            return
        assert may
        self.granted[key] = ends_at
        self.revoked.discard(key)

    @rule(person=st.integers(0, 4), offer=st.integers(0, 1), days=st.sampled_from([None, 2]))
    def subscribe_or_cancel(self, person: int, offer: int, days: int | None) -> None:
        user, product_ = self.cast.users[person], self.cast.products[offer]
        key = (user.pk, product_.script_id)
        standing = ProductSubscription.objects.filter(user=user, product=product_)
        if key in self.bought:
            standing.update(cancelled_at=self.now, cancelled_by=user)
            del self.bought[key]
            return
        ends_at = self.now + timedelta(days=days) if days else None
        ProductSubscription.objects.create(
            user=user, product=product_, starts_at=self.now, ends_at=ends_at, created_at=self.now
        )
        self.bought[key] = ends_at

    @rule(person=st.integers(0, 4), tier=st.sampled_from(TIERS))
    def change_tier(self, person: int, tier: str) -> None:
        self._change_tier(person, tier)

    def _change_tier(self, person: int, tier: str) -> None:
        user = self.cast.users[person]
        User.objects.filter(pk=user.pk).update(tier=tier)
        self.tier[user.pk] = tier

    @rule(tier=st.sampled_from(TIERS), has=st.booleans())
    def change_what_a_tier_has(self, tier: str, has: bool) -> None:
        self._change_what_a_tier_has(tier, has=has)

    def _change_what_a_tier_has(self, tier: str, *, has: bool) -> None:
        Tier.objects.filter(name=tier).update(features=[FEATURE] if has else [])
        self.has_feature[tier] = has

    @rule(person=st.integers(0, 2))
    def switch_an_account(self, person: int) -> None:
        user = self.cast.people[person]
        self.inactive ^= {user.pk}
        User.objects.filter(pk=user.pk).update(is_active=user.pk not in self.inactive)

    @rule(days=st.integers(1, 2))
    def let_time_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    # What must be so in every world.

    @invariant()
    def every_way_to_ask_agrees_with_the_model(self) -> None:
        users, scripts = self.cast.users, self.cast.scripts
        expected = {
            (user.pk, script.pk)
            for user, script in product(users, scripts)
            if self._reason(user, script) in ALLOWING
        }
        pairs = {(user.pk, script.pk) for user, script in product(users, scripts)}

        assert access.pairs_in_force(pairs, at=self.now) == expected
        for script in scripts:
            allowed = {user for user, of in expected if of == script.pk}
            entitled = set(access.entitled_users(script, at=self.now).values_list("pk", flat=True))
            assert entitled & {user.pk for user in users} == allowed

    def _ask_about_one(self, user: User, subject: Script) -> None:
        expected = self._reason(user, subject)

        assert access.decide(user.pk, subject.pk, at=self.now).reason is expected
        told = explain(user, subject, at=self.now, now=self.now, to_granter=True)
        assert told.reason is expected
        assert access.lock_decision(user, subject, at=self.now).allowed == told.allowed

    @rule(person=st.integers(0, 4))
    def look_as_somebody(self, person: int) -> None:
        user = self.cast.users[person]
        expected = {
            script.pk for script in self.cast.scripts if self._reason(user, script) in ALLOWING
        }
        with within(scope_of(user.pk)):
            lists = set(
                access.scripts_accessible_to(user, at=self.now).values_list("pk", flat=True)
            )
            alone = {
                script.pk
                for script in self.cast.scripts
                if access.decide(user.pk, script.pk, at=self.now).allowed
            }
            self._see_nothing_foreign(user)
        assert lists == expected
        assert alone == expected

    def _see_nothing_foreign(self, user: User) -> None:
        # By row-level security alone: no filter of ours stands in these queries.
        houses = {tenant for member, tenant in self.members if member == user.pk}
        reached = {
            script.pk
            for script in self.cast.scripts
            if script.tenant_id in houses or self._reaches_across(user, script)
        }
        offered = {product_.script_id for product_ in self.cast.products}
        seen = set(Script.objects.values_list("pk", flat=True))
        assert seen <= reached | offered
        assert reached & {script.pk for script in self.cast.scripts} <= seen
        assert set(ScriptVersion.objects.values_list("script", flat=True)) <= reached
        housed = {script.pk for script in self.cast.scripts if script.tenant_id in houses}
        for row in Entitlement.objects.all():
            assert (
                row.script_id in housed or row.user_id == user.pk or row.organisation_id in houses
            )
        for bought in ProductSubscription.objects.select_related("product"):
            assert bought.user_id == user.pk or bought.product.script_id in housed
        assert set(Team.objects.values_list("tenant", flat=True)) <= houses
        for pair in Membership.objects.values_list("user", "tenant"):
            assert pair[0] == user.pk or pair[1] in houses
        if self.cast.scripts[2].pk not in reached:
            assert "canary" not in str(list(Script.objects.values_list()))
        assert Product.objects.count() == len(self.cast.products)

    # The model.

    def _reason(self, user: User, script: Script) -> Reason:
        is_member = (user.pk, script.tenant_id) in self.members
        if user.pk in self.inactive:
            return Reason.OUTSIDER
        if is_member and script.owner_id == user.pk:
            return Reason.OWNER
        wanted = self.cast.permissions[script.pk]
        grounds = [
            (Reason.ENTITLED, is_member and self._granted(script, "user", {user.pk})),
            (Reason.TEAM, is_member and self._granted(script, "team", self._teams_of(user))),
            (Reason.ORGANISATION, self._granted(script, "organisation", self._houses_of(user))),
            (
                Reason.NAMED_IN_MANIFEST,
                is_member and str(user.pk) in wanted.get("allowed_users", []),
            ),
            (Reason.SUBSCRIBED, self._holds(self.bought.get((user.pk, script.pk), self.now))),
        ]
        found = [reason for reason, holds in grounds if holds]
        if not found:
            return Reason.NOT_ENTITLED if is_member else Reason.OUTSIDER
        tier = self.tier[user.pk]
        if wanted.get("tiers") and tier not in wanted["tiers"]:
            return Reason.TIER
        if wanted.get("features") and not self.has_feature[tier]:
            return Reason.FEATURE
        return found[0]

    def _reaches_across(self, user: User, script: Script) -> bool:
        # The wall knows the real clock only, and so never shows less than the rule allows here.
        shared = {(script.pk, "organisation", house) for house in self._houses_of(user)}
        standing = self.granted.keys() - self.revoked
        return (user.pk, script.pk) in self.bought or bool(shared & standing)

    def _granted(self, script: Script, kind: str, ids: set[int]) -> bool:
        ends = (self.granted.get((script.pk, kind, one), self.now) for one in ids)
        return any(self._holds(end) for end in ends)

    def _holds(self, end: datetime | None) -> bool:
        return end is None or end > self.now

    def _teams_of(self, user: User) -> set[int]:
        houses = {team.pk: team.tenant_id for team in self.cast.teams}
        return {team for mate, team in self.mates if mate == user.pk and team in houses}

    def _houses_of(self, user: User) -> set[int]:
        return {tenant for member, tenant in self.members if member == user.pk}

    def _grantee(self, kind: str, which: int) -> Grantee:
        if kind == "user":
            return self.cast.people[which]
        return self.cast.teams[which % 2] if kind == "team" else self.cast.houses[which % 2]

    def _is_of_house(self, kind: str, grantee: Grantee, script: Script) -> bool:
        if isinstance(grantee, Team):
            return grantee.tenant_id == script.tenant_id
        is_member = (grantee.pk, script.tenant_id) in self.members
        return is_member and grantee.pk not in self.inactive


def test_every_way_to_ask_agrees_in_every_world() -> None:
    class WorldsOfThisCast(Worlds):
        cast = Cast()

    run_state_machine_as_test(
        WorldsOfThisCast,
        settings=settings(
            max_examples=12,
            stateful_step_count=8,
            deadline=None,
            phases=[Phase.generate],  # a world is short as it is; making it shorter takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
