"""The record of reads, to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from accounts.models import Membership, Role, User
from accounts.principals import has_role
from gateway.models import DataAccess


@admin.register(DataAccess)
class DataAccessAdmin(admin.ModelAdmin[DataAccess]):
    list_display = ("at", "user", "kind", "request", "rows", "as_of", "refusal", "execution_id")
    list_filter = ("kind", "at")
    list_select_related = ("user",)
    search_fields = ("=execution_id", "=user__username", "=sha256")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[DataAccess]:
        """Keep what people of the viewer's tenants read."""
        rows = super().get_queryset(request)
        user = request.user
        assert isinstance(user, User)
        if user.is_superuser:
            return rows
        colleagues = Membership.objects.filter(
            user=OuterRef("user"), tenant__in=user.memberships.values("tenant")
        )
        return rows.filter(Exists(colleagues))

    def has_module_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return (user.is_active and user.is_superuser) or has_role(user, Role.OPERATOR)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: DataAccess | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DataAccess | None = None) -> bool:
        return False
