"""The record of reads, to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from accounts.models import Membership, Role, User
from accounts.principals import has_role, principal_of
from common import row_scope
from common.admin_lookups import OfferedLookupsAdmin
from common.ids import uuid_at_the_end
from gateway.models import DataAccess, ReadContent


@admin.register(DataAccess)
class DataAccessAdmin(OfferedLookupsAdmin[DataAccess]):
    list_display = (
        "at",
        "user",
        "kind",
        "asked_for",
        "rows",
        "size",
        "digest_start",
        "as_of",
        "refusal_shown",
    )
    list_filter = ("kind", ("refusal", admin.EmptyFieldListFilter), "at")
    linked_lookups = ("execution_id",)
    list_select_related = ("user",)
    search_fields = ("=user__username", "=sha256")
    search_help_text = "The id of an execution, the name of a user, or a digest."
    show_facets = admin.ShowFacets.NEVER  # each would count every read there is
    list_per_page = 50
    fields = (
        "at",
        "reader",
        "kind",
        "asked_for",
        "rows",
        "size",
        "as_of",
        "refusal_shown",
        "refusal_message",
        "sha256",
        "content",
        "execution_id",
        "fence",
        "position",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[DataAccess]:
        """Keep what people of the viewer's tenants read."""
        rows = super().get_queryset(request)
        user = request.user
        assert isinstance(user, User)
        if user.is_superuser:
            return rows
        colleagues = Membership.objects.filter(
            user=OuterRef("user"), tenant=principal_of(user).tenant_id
        )
        return rows.filter(Exists(colleagues))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[DataAccess], search_term: str
    ) -> tuple[QuerySet[DataAccess], bool]:
        """Find by an execution's id through its index, by anything else as usual."""
        execution_id = uuid_at_the_end(search_term)
        if execution_id is not None:
            return queryset.filter(execution_id=execution_id), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="user")
    def reader(self, row: DataAccess) -> str:
        return row.user.username

    @admin.display(description="asked for")
    def asked_for(self, row: DataAccess) -> str:
        given = ((name, value) for name, value in row.request.items() if value is not None)
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in given)

    @admin.display(description="refused", ordering="refusal")
    def refusal_shown(self, row: DataAccess) -> str:
        return row.refusal.replace("_", " ") or "-"

    @admin.display(description="size", ordering="size_bytes")
    def size(self, row: DataAccess) -> str:
        return filesizeformat(row.size_bytes) if row.sha256 else "-"

    @admin.display(description="digest", ordering="sha256")
    def digest_start(self, row: DataAccess) -> str:
        return row.sha256[:12] or "-"

    @admin.display(description="answer kept")
    def content(self, row: DataAccess) -> str:
        with row_scope.within(row_scope.PLATFORM):  # kept once, whoever's answer it was
            kept = ReadContent.objects.filter(pk=row.sha256).first() if row.sha256 else None
        if kept is None:
            return "no"
        return f"as a {kept.get_kind_display()}, last used {kept.used_at:%Y-%m-%d}"

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
