"""Why somebody may or may not use a script, now and at a past instant."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import Membership, TeamMembership, Tenant, User
from common.clock import utc_now
from registry import access
from registry.access import Reason
from registry.explanations import Explanation, explain
from registry.grounds import BeforeHistory
from registry.models import Script
from registry.services import entitlements, grantees, inquiries
from tests.factories import (
    NOON,
    make_entitlement,
    make_product,
    make_product_subscription,
    make_published_version,
    make_team,
)


def explained(user: User, script: Script, at: datetime | None = None) -> Explanation:
    return explain(user, script, at=at, now=utc_now(), to_granter=True)


def test_it_names_who_granted_the_right_and_when_it_ends(
    olga: User, sam: User, script: Script
) -> None:
    ends_at = utc_now() + timedelta(days=30)
    make_entitlement(script, sam, acting_user=olga, ends_at=ends_at)

    told = explained(sam, script)

    assert (told.allowed, told.reason) == (True, Reason.ENTITLED)
    assert told.sentence == "sam may use RSI. " + (
        f"olga entitled sam, on 2026-01-05 12:00 UTC, until {ends_at:%Y-%m-%d %H:%M} UTC."
    )
    assert told.decided_by
    assert (told.decided_by.granted_by, told.decided_by.granted_at) == ("olga", NOON)
    assert told.changes[0] == f"The right ends {ends_at:%Y-%m-%d %H:%M} UTC."


def test_every_other_ground_is_named_too(
    ada: User, rita: User, olga: User, sam: User, tenant: Tenant
) -> None:
    named = {"permissions": {"allowed_users": [str(sam.pk)]}}
    script = make_published_version(ada, rita, name="RSI", manifest=named).script
    make_entitlement(script, sam)
    make_entitlement(script, make_team(tenant, "Quants", sam))
    make_entitlement(script, tenant)
    make_product_subscription(make_product(script), sam)

    told = explained(sam, script)

    assert [ground.reason for ground in told.also] == [
        Reason.TEAM,
        Reason.ORGANISATION,
        Reason.NAMED_IN_MANIFEST,
        Reason.SUBSCRIBED,
    ]
    assert "All of the 5 grounds would have to end." in told.changes


def test_a_refusal_says_what_would_help(
    rita: User, sam: User, tenant: Tenant, script: Script
) -> None:
    make_entitlement(script, make_team(tenant, "Quants", rita))
    make_product(script, name="RSI for all")

    told = explained(sam, script)

    assert told.sentence == (
        "sam may not use RSI: a member of its tenant, but without a right of any kind."
    )
    assert told.changes == [
        "An entitlement from ada or an operator of Alpha Desk.",
        "A subscription to the product RSI for all.",
        "Joining the team Quants of Alpha Desk.",
    ]


def test_who_does_not_decide_is_not_told_who_else_has_a_right(
    olga: User, sam: User, other_tenant: Tenant, script: Script
) -> None:
    make_entitlement(script, other_tenant, acting_user=olga)

    about_oneself = inquiries.explain_to(sam, script.pk, now=utc_now())
    by_the_operator = inquiries.explain_to(olga, script.pk, username="sam", now=utc_now())

    assert "Beta House" not in json.dumps(about_oneself.changes)
    assert "A membership in the organisation Beta House." in by_the_operator.changes


def test_a_gate_is_named_with_what_passes_it(ada: User, rita: User, sam: User) -> None:
    wanted = {"permissions": {"tiers": ["premium", "enterprise"]}}
    script = make_published_version(ada, rita, name="RSI", manifest=wanted).script
    make_entitlement(script, sam)

    told = explained(sam, script)

    assert told.reason is Reason.TIER
    assert told.changes == ["One of the tiers premium, enterprise instead of free."]
    assert [ground.reason for ground in told.also] == [Reason.ENTITLED]


def test_the_past_is_told_as_it_was(ada: User, sam: User, tenant: Tenant, script: Script) -> None:
    team = make_team(tenant, "Quants")
    make_entitlement(script, team, now=utc_now())
    before = utc_now()
    joined = TeamMembership.objects.create(team=team, user=sam, created_at=before)
    as_a_member = utc_now()
    joined.delete()
    after = utc_now()
    User.objects.filter(pk=sam.pk).update(is_active=False)
    Membership.objects.filter(user=sam).delete()

    assert explained(sam, script, before).reason is Reason.NOT_ENTITLED
    told = explained(sam, script, as_a_member)
    assert (told.reason, told.is_past) == (Reason.TEAM, True)
    assert told.sentence.startswith("sam could use RSI. ada entitled the team Quants")
    assert explained(sam, script, after).reason is Reason.NOT_ENTITLED
    assert explained(sam, script).reason is Reason.OUTSIDER


def test_a_revocation_is_told_with_its_author(ada: User, sam: User, script: Script) -> None:
    make_entitlement(script, sam, now=utc_now())
    held = utc_now()
    entitlements.revoke(script, sam, acting_user=ada, now=utc_now())

    assert explained(sam, script, held).allowed
    told = explained(sam, script)
    assert not told.allowed
    assert told.ended[0].startswith("The entitlement of sam was revoked by ada on ")


def test_tier_owner_and_published_version_have_a_past(ada: User, rita: User, sam: User) -> None:
    wanted = {"permissions": {"tiers": ["premium"], "allowed_users": [str(sam.pk)]}}
    before = utc_now()
    script = make_published_version(ada, rita, manifest=wanted).script
    as_free = utc_now()
    User.objects.filter(pk=sam.pk).update(tier="premium")
    as_premium = utc_now()
    User.objects.filter(pk=sam.pk).update(tier="standard")

    assert explained(sam, script, before).reason is Reason.NOT_ENTITLED
    assert explained(sam, script, as_free).reason is Reason.TIER
    assert explained(sam, script, as_premium).reason is Reason.NAMED_IN_MANIFEST
    assert explained(ada, script, as_premium).reason is Reason.OWNER
    assert explained(sam, script).reason is Reason.TIER


def test_what_was_before_the_record_is_not_guessed(sam: User, script: Script) -> None:
    with pytest.raises(BeforeHistory, match="The record begins"):
        explained(sam, script, NOON)


def test_about_others_only_who_decides_may_ask(
    rita: User, sam: User, olga: User, mallory: User, script: Script
) -> None:
    with pytest.raises(entitlements.MayNotGrant):
        inquiries.explain_to(rita, script.pk, username="sam", now=utc_now())
    with pytest.raises(access.NoSuchScript):
        inquiries.explain_to(mallory, script.pk, now=utc_now())
    for stranger in ("mallory", "nobody", "nul\x00"):
        with pytest.raises(grantees.NoSuchMember):
            inquiries.explain_to(olga, script.pk, username=stranger, now=utc_now())


def test_the_api_explains(api: APIClient, sam: User, ada: User, script: Script) -> None:
    make_entitlement(script, sam)
    api.force_authenticate(ada)
    address = f"/scripts/{script.pk}/access"

    about_sam = api.get(address, {"user": "sam"})
    wrong = api.get(address, {"at": "yesterday"})
    api.force_authenticate(sam)
    about_oneself = api.get(address)

    assert about_sam.status_code == about_oneself.status_code == 200
    assert about_sam.json()["reason"] == "entitled"
    assert about_sam.json()["decided_by"]["granted_by"] == "ada"
    assert about_oneself.json()["user"] == "sam"
    assert (wrong.status_code, wrong.json()["code"]) == (422, "naive_instant")


def test_the_command_explains(sam: User, script: Script) -> None:
    make_entitlement(script, sam)
    printed, said = StringIO(), StringIO()

    named: dict[str, Any] = {"user": "sam", "script": str(script.pk)}
    call_command("explain_access", **named, json=True, stdout=printed)
    call_command("explain_access", **named, stdout=said)

    assert json.loads(printed.getvalue())["allowed"] is True
    assert "sam may use RSI. ada entitled sam" in said.getvalue()
    with pytest.raises(CommandError, match="record begins"):
        call_command("explain_access", **named, at=NOON.isoformat())


def test_the_page_explains_to_operators_and_owners(
    ada: User, olga: User, rita: User, sam: User, mallory: User, script: Script
) -> None:
    make_entitlement(script, sam)
    address = reverse("admin:registry_entitlement_why")
    question = {"user": "sam", "script": str(script.pk)}

    def page(viewer: User, **asked: str) -> str:
        client = Client()
        client.force_login(viewer)
        reply = client.get(address, asked)
        assert reply.status_code in (200, 403)
        return reply.content.decode() if reply.status_code == 200 else ""

    for user in (ada, olga):
        assert "sam may use RSI. ada entitled sam" in page(user, **question)
    assert page(rita) == ""
    assert "ada entitled sam" not in page(mallory, **question)
    assert "There is no active user of this name" in page(olga, **{**question, "user": "nobody"})
    assert "Choose a user and a script" in page(olga)
    assert "was not recorded yet" in page(olga, **question, at="2026-01-05T12:00")
