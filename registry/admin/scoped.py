"""Admin pages of rows that services write: who sees them, and nobody edits them directly."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Role, User
from accounts.principals import has_role
from common.admin_lookups import OfferedLookupsAdmin
from registry import access
from registry.models import Script


def signed_in_user(request: HttpRequest) -> User:
    """Return the user of a request that the admin let in."""
    assert isinstance(request.user, User)
    return request.user


def readable_scripts(request: HttpRequest) -> QuerySet[Script]:
    """Return the scripts whose pages somebody may open; a superuser's are everybody's."""
    user = signed_in_user(request)
    if user.is_superuser:
        return Script.objects.all()
    return access.scripts_with_readable_source(user)


class ScopedAdmin(OfferedLookupsAdmin[Any]):
    """Shows people the rows of their own scripts or tenant."""

    roles: tuple[Role, ...] = (Role.AUTHOR, Role.REVIEWER, Role.OPERATOR)
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return (user.is_active and user.is_superuser) or has_role(user, *self.roles)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
