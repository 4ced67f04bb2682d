"""Who operates the platform itself: what they do concerns every house, so one house's do not do it.

These are superusers, and the operators of the house that PLATFORM_HOUSE names, where one runs the
platform for the others.
"""

from __future__ import annotations

from django.conf import settings

from accounts.models import Role, User
from accounts.principals import principal_or_none
from common.errors import Forbidden


class PlatformOperatorRequired(Forbidden):
    """This concerns every house: ask those who operate the platform to do it."""

    code = "platform_operator_required"


def operates_platform(user: User) -> bool:
    """Tell whether a user may do what concerns every house."""
    if not user.is_active:
        return False
    if user.is_superuser:
        return True
    if not settings.PLATFORM_HOUSE:
        return False
    principal = principal_or_none(user)
    return (
        principal is not None
        and principal.tenant_slug == settings.PLATFORM_HOUSE
        and principal.has_role(Role.OPERATOR)
    )


def require_platform_operator(user: User) -> None:
    """Raise PlatformOperatorRequired unless a user may do what concerns every house."""
    if not operates_platform(user):
        raise PlatformOperatorRequired()
