"""To whom a right can be given, and how they are named."""

from __future__ import annotations

from typing import Any

from accounts.models import Membership, Role, Team, Tenant, User
from common import row_scope
from common.errors import InvalidInput, NotFound
from registry import access
from registry.models import Script
from registry.models.entitlements import Grantee


class NoSuchMember(InvalidInput):
    """There is no active user of this name in your tenant."""

    code = "no_such_member"


class NoSuchTeam(InvalidInput):
    """There is no team of this name in your tenant."""

    code = "no_such_team"


class NoSuchOrganisation(InvalidInput):
    """There is no organisation of this name that you could entitle; operators name others."""

    code = "no_such_organisation"


class NoGrantee(InvalidInput):
    """Name exactly one who gets the right: a user, a team or an organisation."""

    code = "no_grantee"


class NoEntitlement(NotFound):
    """This grantee has no entitlement to the script that could be revoked."""

    code = "no_entitlement"


def find_grantee(
    script: Script,
    *,
    user: str | int | None = None,
    team: str | None = None,
    organisation: str | None = None,
    acting_user: User,
) -> Grantee:
    """Return the one that is named: a user by name or id, a team by name, a tenant by slug.

    Raises
    ------
    NoGrantee
        None or several are named.
    NoSuchMember, NoSuchTeam, NoSuchOrganisation
        Foreign and unknown ones look the same.
    """
    if [user, team, organisation].count(None) != 2:
        raise NoGrantee(field="user")
    if user is not None:
        return find_member(script, user)
    if team is not None:
        teams = Team.objects.filter(tenant=script.tenant_id)
        found_team = teams.filter(name=_askable(team)).first()
        if found_team is None:
            raise NoSuchTeam(field="team")
        return found_team
    with row_scope.within(row_scope.PLATFORM):  # by name only an operator reaches another house
        found = Tenant.objects.filter(slug=_askable(organisation or "")).first()
    if found is None:
        raise NoSuchOrganisation(field="organisation")
    require_within_reach(script, found, acting_user)
    return found


def find_member(script: Script, name_or_id: str | int) -> User:
    """Return a member of a script's tenant: text is a user name, a number an id.

    Raises
    ------
    NoSuchMember
        There is none; users of other tenants look the same as unknown ones.
    """
    if isinstance(name_or_id, int):
        found = User.objects.filter(pk=name_or_id)
    else:
        found = User.objects.filter(username=_askable(name_or_id))
    user = found.first()
    if user is None:
        raise NoSuchMember(field="user")
    require_within_reach(script, user, user)
    return user


def find_entitled(script: Script, user_id: int) -> User:
    """Return somebody with an entitlement to a script, a member still or not.

    Raises
    ------
    NoEntitlement
        There is nobody with this id and an entitlement.
    """
    user = User.objects.filter(pk=user_id, entitlements__script=script).first()
    if user is None:
        raise NoEntitlement(field="user")
    return user


def _askable(text: str) -> str:
    # No name has control characters, and the database refuses to be asked for NUL.
    return text if text.isprintable() else ""


def operates(script: Script, user: User) -> bool:
    """Tell whether a user operates the tenant of a script."""
    return access.principal_in(script, user).has_role(Role.OPERATOR)


def require_within_reach(script: Script, grantee: Grantee, acting_user: User) -> None:
    """Raise unless somebody who decides about a script may give a grantee the right to it."""
    if isinstance(grantee, User):
        members = Membership.objects.filter(tenant=script.tenant_id, user__is_active=True)
        if not members.filter(user=grantee).exists():
            raise NoSuchMember(field="user")
    elif isinstance(grantee, Team):
        if grantee.tenant_id != script.tenant_id:
            raise NoSuchTeam(field="team")
    elif grantee.pk != script.tenant_id and not operates(script, acting_user):
        raise NoSuchOrganisation(field="organisation")


def column_of(grantee: Grantee) -> dict[str, Any]:
    """Return the entitlement's field for a grantee, with the grantee."""
    if isinstance(grantee, User):
        return {"user": grantee}
    return {"team": grantee} if isinstance(grantee, Team) else {"organisation": grantee}
