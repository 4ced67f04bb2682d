"""The one value that says who acts, for which tenant, with which roles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from accounts import role_ceiling
from accounts.models import Membership, Role, User
from accounts.scopes import EVERYTHING, Scope, require_scope
from common import row_scope
from common.errors import Forbidden


class RoleRequired(Forbidden):
    """Your role does not include this."""

    code = "role_required"


class NoTenant(Forbidden):
    """You belong to no tenant yet; ask an administrator for a membership."""

    code = "no_tenant"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who acts. A user acts in one tenant at a time."""

    user_id: int
    username: str
    tenant_id: int
    tenant_slug: str
    roles: frozenset[str]
    scopes: frozenset[str] = EVERYTHING

    def has_role(self, *roles: Role) -> bool:
        """Tell whether any of the roles is held; an administrator holds them all."""
        return Role.ADMIN in self.roles or any(role in self.roles for role in roles)

    def require_scope(self, scope: Scope) -> None:
        """Raise ScopeRequired unless what they signed in with is good for that."""
        require_scope(scope, self.scopes)

    def require_role(self, *roles: Role) -> None:
        """Raise RoleRequired unless one of the roles is held."""
        if not self.has_role(*roles):
            names = " or ".join(role.label for role in roles)
            raise RoleRequired(f"This needs the role {names}.", roles=[*roles])


# Nobody's roles are remembered for longer than one block: a role that is taken away is gone.
_known: ContextVar[dict[int, Principal | None] | None] = ContextVar("known_roles", default=None)


def principal_of(user: User) -> Principal:
    """Return the principal of a user: their first tenant by name, with every role they hold there.

    An API gateway may have let them in with fewer.

    Raises
    ------
    NoTenant
        The user has no membership.
    """
    with row_scope.covering(user.pk):
        memberships = list(
            Membership.objects.filter(user=user).select_related("tenant").order_by("tenant__name")
        )
    if not memberships:
        raise NoTenant(user=user.username)
    tenant = memberships[0].tenant
    return Principal(
        user_id=user.pk,
        username=user.username,
        tenant_id=tenant.pk,
        tenant_slug=tenant.slug,
        roles=role_ceiling.narrowed(
            user.pk, (m.role for m in memberships if m.tenant_id == tenant.pk)
        ),
        scopes=user.granted_scopes,
    )


def has_role(user: object, *roles: Role) -> bool:
    """Tell whether somebody signed in holds one of the roles; for templates and the admin."""
    if not isinstance(user, User) or not user.is_active:
        return False
    principal = principal_or_none(user)
    return principal is not None and principal.has_role(*roles)


@contextmanager
def roles_looked_up_once() -> Iterator[None]:
    """Look somebody's roles up once in a block that asks for one list often."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def principal_or_none(user: User) -> Principal | None:
    """Return the principal of a user, or None: they belong to no tenant."""
    known = _known.get()
    if known is not None and user.pk in known:
        return known[user.pk]
    try:
        found = principal_of(user)
    except NoTenant:
        found = None
    if known is not None:
        known[user.pk] = found
    return found
