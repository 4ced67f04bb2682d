"""What an operator may put on hold: of their house anything, and superusers the platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import Role, Tenant, User
from accounts.principals import NoTenant, RoleRequired, principal_of
from common.errors import InvalidInput, NotFound
from execution.models import HoldKind
from gateway import reads
from registry.models import Script


class NoSuchTarget(NotFound):
    """There is no such house, author, script or instrument, or you do not operate it."""

    code = "no_such_target"


class UnknownHoldKind(InvalidInput):
    """A hold is of everything, a tenant, an author, a script or an instrument."""

    code = "unknown_hold_kind"


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is to be held, and within which house; without one everywhere."""

    kind: HoldKind
    target: str
    name: str
    tenant: Tenant | None

    def as_fields(self) -> dict[str, Any]:
        """Return the columns of a hold that say what it is of."""
        return {"kind": self.kind, "target": self.target, "tenant": self.tenant}


def may_hold_anything(user: User) -> bool:
    """Tell whether a user may hold anything, in any house."""
    return user.is_active and user.is_superuser


def operated_tenant(user: User) -> int | None:
    """Return the house whose holds a user places and lifts; None for all, or for none at all."""
    if may_hold_anything(user) or not user.is_active:
        return None
    try:
        principal = principal_of(user)
    except NoTenant:
        return None
    return principal.tenant_id if principal.has_role(Role.OPERATOR) else None


def require_operator(user: User) -> None:
    """Raise RoleRequired unless a user operates their house, or the platform."""
    if operated_tenant(user) is None and not may_hold_anything(user):
        raise RoleRequired("This needs the role operator.", roles=[Role.OPERATOR])


def target_of(kind: str, target: str, *, acting_user: User) -> Target:
    """Return what somebody wants to hold, after looking whether they may.

    Raises
    ------
    UnknownHoldKind
        It is none of the kinds.
    RoleRequired
        The acting user operates nothing, or wants to hold everything and may not.
    NoSuchTarget
        Unknown, or of another house: they look the same.
    InvalidRead
        There is no such instrument; it names those there are.
    """
    if kind not in HoldKind.values:
        raise UnknownHoldKind(field="kind", kinds=HoldKind.values)
    require_operator(acting_user)
    tenant_id = operated_tenant(acting_user)
    house = Tenant.objects.get(pk=tenant_id) if tenant_id is not None else None
    if kind == HoldKind.EVERYTHING:
        if house is not None:
            raise RoleRequired(
                "Only operators of the platform hold everything; hold your house instead.",
                roles=["superuser"],
            )
        return Target(kind=HoldKind.EVERYTHING, target="", name="", tenant=None)
    find = {
        HoldKind.TENANT: _tenant,
        HoldKind.AUTHOR: _author,
        HoldKind.SCRIPT: _script,
        HoldKind.INSTRUMENT: _instrument,
    }
    found = find[HoldKind(kind)](target.strip(), house)
    if found is None:
        raise NoSuchTarget(kind=kind, target=target[:100], field="target")
    return found


def _tenant(target: str, house: Tenant | None) -> Target | None:
    tenant = Tenant.objects.filter(slug=target).first()
    if tenant is None or (house is not None and tenant.pk != house.pk):
        return None
    return Target(kind=HoldKind.TENANT, target=tenant.slug, name=tenant.name, tenant=tenant)


def _author(target: str, house: Tenant | None) -> Target | None:
    authors = User.objects.filter(username=target)
    if target.isdecimal() and len(target) < 19:
        authors = authors | User.objects.filter(pk=int(target))
    if house is not None:
        authors = authors.filter(memberships__tenant=house)
    author = authors.distinct().order_by("pk").first()
    if author is None:
        return None
    return Target(kind=HoldKind.AUTHOR, target=str(author.pk), name=author.username, tenant=house)


def _script(target: str, house: Tenant | None) -> Target | None:
    try:
        pk = UUID(target)
    except ValueError:
        return None
    script = Script.objects.filter(pk=pk).first()
    if script is None or (house is not None and script.tenant_id != house.pk):
        return None
    return Target(kind=HoldKind.SCRIPT, target=str(script.pk), name=script.name, tenant=house)


def _instrument(target: str, house: Tenant | None) -> Target | None:
    reads.require_market(target, "1d")
    return Target(kind=HoldKind.INSTRUMENT, target=target, name=target, tenant=house)
