"""Teams: make them, name them, and say who is in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Membership, Role, Team, TeamMembership, Tenant, User
from accounts.principals import NoTenant, RoleRequired, principal_of
from common.errors import Conflict, InvalidInput

NAME_MAX_LENGTH = 120


class InvalidTeamName(InvalidInput):
    """A team needs a name of at most 120 characters, without control characters."""

    code = "invalid_team_name"


class TeamNameTaken(Conflict):
    """Another team of this tenant has that name already."""

    code = "team_name_taken"


class NotAMember(InvalidInput):
    """Only members of a tenant can be in its teams; give them a membership first."""

    code = "not_a_member"


@transaction.atomic
def create_team(tenant: Tenant, *, name: str, acting_user: User, now: datetime) -> Team:
    """Make a team without members.

    Raises
    ------
    RoleRequired
        The acting user does not operate the tenant.
    InvalidTeamName, TeamNameTaken
        Naming the field.
    """
    require_operates(tenant, acting_user)
    team, created = Team.objects.get_or_create(
        tenant=tenant, name=_clean(name), defaults={"created_at": now}
    )
    if not created:
        raise TeamNameTaken(field="name")
    _record("team_created", team, acting_user=acting_user, now=now, after={"name": team.name})
    return team


@transaction.atomic
def rename_team(team: Team, *, name: str, acting_user: User, now: datetime) -> Team:
    """Give a team another name."""
    require_operates(team.tenant, acting_user)
    stored = Team.objects.select_for_update().get(pk=team.pk)
    before, stored.name = stored.name, _clean(name)
    if stored.name == before:
        return stored
    if Team.objects.filter(tenant=stored.tenant_id, name=stored.name).exists():
        raise TeamNameTaken(field="name")
    stored.save(update_fields=["name"])
    _record(
        "team_renamed",
        stored,
        acting_user=acting_user,
        now=now,
        before={"name": before},
        after={"name": stored.name},
    )
    return stored


@transaction.atomic
def set_team_members(
    team: Team, members: Iterable[User], *, acting_user: User, now: datetime
) -> None:
    """Make exactly these the members; who leaves loses at once what the team was entitled to.

    Raises
    ------
    RoleRequired
        The acting user does not operate the team's tenant.
    NotAMember
        Somebody who is new to the team is no active member of its tenant.
    """
    require_operates(team.tenant, acting_user)
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    wanted = {user.pk: user for user in members}
    standing = TeamMembership.objects.filter(team=team).select_related("user").order_by("pk")
    present = {row.user_id: row.user for row in standing}
    joining = [user for pk, user in wanted.items() if pk not in present]
    leaving = [user for pk, user in present.items() if pk not in wanted]
    _require_members(team, joining)
    for user in joining:
        TeamMembership.objects.create(team=team, user=user, created_at=now)
    TeamMembership.objects.filter(team=team, user__in=leaving).delete()
    for event, users in (("team_member_added", joining), ("team_member_removed", leaving)):
        for user in users:
            _record(event, team, acting_user=acting_user, now=now, after=_who(team, user))


def add_team_member(team: Team, user: User, *, acting_user: User, now: datetime) -> None:
    """Put one more into a team."""
    present = User.objects.filter(team_memberships__team=team)
    set_team_members(team, [*present, user], acting_user=acting_user, now=now)


def remove_team_member(team: Team, user: User, *, acting_user: User, now: datetime) -> None:
    """Take one out of a team."""
    staying = User.objects.filter(team_memberships__team=team).exclude(pk=user.pk)
    set_team_members(team, staying, acting_user=acting_user, now=now)


def require_operates(tenant: Tenant, user: User) -> None:
    """Raise RoleRequired unless a user operates a tenant, or everything."""
    if user.is_active and user.is_superuser:
        return
    try:
        principal = principal_of(user)
    except NoTenant:
        raise RoleRequired("This needs the role operator.", roles=["operator"]) from None
    if principal.tenant_id != tenant.pk:
        raise RoleRequired("This needs the role operator.", roles=["operator"])
    principal.require_role(Role.OPERATOR)


def _clean(name: str) -> str:
    name = name.strip()
    if not name or len(name) > NAME_MAX_LENGTH or not name.isprintable():
        raise InvalidTeamName(field="name")
    return name


def _require_members(team: Team, users: list[User]) -> None:
    members = Membership.objects.filter(tenant=team.tenant_id, user__in=users)
    active = set(members.filter(user__is_active=True).values_list("user_id", flat=True))
    if any(user.pk not in active for user in users):
        raise NotAMember(field="members")


def _who(team: Team, user: User) -> dict[str, str]:
    return {"team": team.name, "user": user.username}


def _record(
    event: str,
    team: Team,
    *,
    acting_user: User,
    now: datetime,
    before: dict[str, str] | None = None,
    after: dict[str, str],
) -> None:
    audit.record(
        event,
        team,
        chain=team.tenant.slug,
        acting_user=acting_user,
        now=now,
        before=before,
        after=after,
    )
