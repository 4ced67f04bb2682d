"""Scripts in the admin: what there is, and its versions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from registry.admin.scoped import ScopedAdmin, readable_scripts
from registry.models import Script, ScriptVersion


class VersionInline(admin.TabularInline[ScriptVersion, Script]):
    """The versions of a script, each with a link to its page."""

    model = ScriptVersion
    fields = ("version", "status", "author", "submitted_at", "published_at", "release_note")
    readonly_fields = fields
    ordering = ("-pk",)
    extra = 0
    show_change_link = True
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScriptVersion]:
        return super().get_queryset(request).select_related("author", "script").defer("source")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever may open the script's page

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Script)
class ScriptAdmin(ScopedAdmin):
    list_display = ("name", "owner", "runs", "description_start", "updated_at")
    list_select_related = ("owner", "current_version")
    search_fields = ("name", "owner__username", "=id")
    list_per_page = 50
    fields = ("id", "name", "description", "owner", "runs", "created_at", "updated_at")
    readonly_fields = fields
    inlines = (VersionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Script]:
        return readable_scripts(request)

    @admin.display(description="runs version")
    def runs(self, script: Script) -> str:
        return script.current_version.version if script.current_version else "not published"

    @admin.display(description="description")
    def description_start(self, script: Script) -> str:
        return script.description[:80]
