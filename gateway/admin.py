"""The record of reads, to read."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from gateway.models import DataAccess


@admin.register(DataAccess)
class DataAccessAdmin(admin.ModelAdmin[DataAccess]):
    list_display = ("at", "user", "kind", "request", "rows", "as_of", "refusal", "execution_id")
    list_filter = ("kind", "refusal", "at")
    list_select_related = ("user",)
    search_fields = ("=execution_id", "=user__username", "=sha256")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: DataAccess | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DataAccess | None = None) -> bool:
        return False
