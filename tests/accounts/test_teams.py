"""Teams: operators make them, and every change is on the record."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Role, Team, Tenant, User
from accounts.platform import PlatformOperatorRequired
from accounts.principals import RoleRequired
from accounts.services import teams
from accounts.services.tiers import change_tier
from tests.factories import NOON, make_team, make_user

pytestmark = pytest.mark.django_db


def members(team: Team) -> set[str]:
    return set(team.memberships.values_list("user__username", flat=True))


def test_an_operator_makes_a_team_and_says_who_is_in_it(
    olga: User, sam: User, rita: User, tenant: Tenant
) -> None:
    team = teams.create_team(tenant, name=" Quants ", acting_user=olga, now=NOON)
    teams.set_team_members(team, [sam, rita], acting_user=olga, now=NOON)
    teams.remove_team_member(team, rita, acting_user=olga, now=NOON)

    assert (team.name, members(team)) == ("Quants", {"sam"})
    told = AuditEvent.objects.filter(chain=tenant.slug).order_by("pk").values_list("event", "after")
    assert list(told) == [
        ("team_created", {"name": "Quants"}),
        ("team_member_added", {"team": "Quants", "user": "sam"}),
        ("team_member_added", {"team": "Quants", "user": "rita"}),
        ("team_member_removed", {"team": "Quants", "user": "rita"}),
    ]


def test_nobody_else_does(ada: User, mallory: User, sam: User, tenant: Tenant) -> None:
    team = make_team(tenant, "Quants")

    for user in (ada, mallory, sam):
        with pytest.raises(RoleRequired):
            teams.create_team(tenant, name="Mine", acting_user=user, now=NOON)
        with pytest.raises(RoleRequired):
            teams.add_team_member(team, user, acting_user=user, now=NOON)

    assert members(team) == set()


def test_only_members_of_the_tenant_are_in_its_teams(
    olga: User, mallory: User, sam: User, tenant: Tenant
) -> None:
    team = make_team(tenant, "Quants")
    User.objects.filter(pk=sam.pk).update(is_active=False)

    for user in (mallory, sam):
        with pytest.raises(teams.NotAMember):
            teams.add_team_member(team, user, acting_user=olga, now=NOON)


@pytest.mark.parametrize("name", ["", "  ", "nul\x00", "x" * 121])
def test_a_team_needs_a_name(name: str, olga: User, tenant: Tenant) -> None:
    with pytest.raises(teams.InvalidTeamName):
        teams.create_team(tenant, name=name, acting_user=olga, now=NOON)


def test_a_name_is_taken_once(olga: User, tenant: Tenant) -> None:
    teams.create_team(tenant, name="Quants", acting_user=olga, now=NOON)
    other = teams.create_team(tenant, name="Others", acting_user=olga, now=NOON)

    with pytest.raises(teams.TeamNameTaken):
        teams.create_team(tenant, name="Quants", acting_user=olga, now=NOON)
    with pytest.raises(teams.TeamNameTaken):
        teams.rename_team(other, name="Quants", acting_user=olga, now=NOON)


def test_the_admin_makes_and_fills_a_team(
    olga: User, sam: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    foreign = make_team(other_tenant, "Theirs")
    page = Client()
    page.force_login(olga)
    adding = reverse("admin:accounts_team_add")

    made = page.post(adding, {"tenant": tenant.pk, "name": "Quants"}, follow=True)
    team = Team.objects.get(name="Quants")
    address = reverse("admin:accounts_team_change", args=[team.pk])
    filled = page.post(address, {"name": "Quants", "members": [sam.pk]}, follow=True)
    again = page.post(adding, {"tenant": other_tenant.pk, "name": "Mine"}, follow=True)

    assert made.status_code == filled.status_code == 200
    assert members(team) == {"sam"}
    assert "Select a valid choice" in again.content.decode()
    listed = page.get(reverse("admin:accounts_team_changelist")).content.decode()
    assert "Quants" in listed
    assert "Theirs" not in listed
    theirs = page.get(reverse("admin:accounts_team_change", args=[foreign.pk]), follow=True)
    assert "Theirs" not in theirs.content.decode()


def test_the_admin_says_what_the_service_refuses(olga: User, tenant: Tenant) -> None:
    make_team(tenant, "Quants")
    other = make_team(tenant, "Others")
    page = Client()
    page.force_login(olga)

    reply = page.post(
        reverse("admin:accounts_team_change", args=[other.pk]), {"name": "nul\x00"}, follow=True
    )

    assert reply.status_code == 200
    assert Team.objects.filter(name="Others").exists()


@pytest.mark.usefixtures("platform_house")
def test_a_change_of_tier_has_before_and_after(olga: User, ada: User, sam: User) -> None:
    premium = type(sam.tier).objects.get(name="premium")

    with pytest.raises(PlatformOperatorRequired):
        change_tier(sam, premium, acting_user=ada, now=NOON)
    change_tier(sam, premium, acting_user=olga, now=NOON)

    event = AuditEvent.objects.get(event="user_tier_changed")
    assert (event.before["tier"], event.after["tier"], event.actor) == ("free", "premium", olga)


def test_a_tier_changed_in_the_admin_is_on_the_record_too(sam: User) -> None:
    root = User.objects.create_superuser("root", password="a long enough passphrase")
    page = Client()
    page.force_login(root)
    address = reverse("admin:accounts_user_change", args=[sam.pk])
    shown = page.get(address).context["adminform"].form
    form = {name: value for name, value in shown.initial.items() if value not in (None, False)}
    joined = sam.date_joined
    inline = {f"memberships-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}

    reply = page.post(
        address,
        {
            **form,
            **inline,
            "tier": "premium",
            "groups": [],
            "user_permissions": [],
            "date_joined_0": f"{joined:%Y-%m-%d}",
            "date_joined_1": f"{joined:%H:%M:%S}",
        },
    )

    assert reply.status_code == 302, reply.content.decode()
    event = AuditEvent.objects.get(event="user_tier_changed")
    assert (event.before["tier"], event.after["tier"]) == ("free", "premium")
    assert User.objects.get(pk=sam.pk).tier_id == "premium"


@pytest.mark.usefixtures("platform_house")
def test_features_are_names_one_to_a_line(olga: User) -> None:
    page = Client()
    page.force_login(olga)
    address = reverse("admin:accounts_tier_change", args=["free"])
    form = page.get(address).context["adminform"].form
    numbers = {name: form.initial[name] for name in form.fields}

    refused = page.post(address, {**numbers, "features": "alerts\nNot a name!"})
    done = page.post(address, {**numbers, "features": "alerts\r\nhistory\r\n"})

    assert "Names such as alerts" in refused.content.decode()
    assert done.status_code == 302
    event = AuditEvent.objects.get(event="tier_changed")
    assert (event.before["features"], event.after["features"]) == ([], ["alerts", "history"])


def test_an_operator_of_two_houses_makes_teams_where_they_act(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    omar = make_user("omar", tenant=tenant, roles=[Role.OPERATOR])
    omar.memberships.create(tenant=other_tenant, role=Role.OPERATOR)

    teams.create_team(tenant, name="Quants", acting_user=omar, now=NOON)
    with pytest.raises(RoleRequired):
        teams.create_team(other_tenant, name="Quants", acting_user=omar, now=NOON)
