"""Who may bring prices in: they are everybody's, so that needs an operator."""

from __future__ import annotations

from accounts.models import Role, User
from accounts.principals import principal_of


def require_may_feed(user: User) -> None:
    """Raise RoleRequired unless a user may bring prices in."""
    principal_of(user).require_role(Role.OPERATOR)
