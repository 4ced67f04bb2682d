"""Scripts in the admin: what there is, its versions, and the way to the workspace."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Role
from accounts.principals import has_role
from registry.admin import steps
from registry.admin.comparison import ComparisonPages
from registry.admin.new_script import NewScriptForm
from registry.admin.policies import PolicyPages
from registry.admin.scoped import readable_scripts, signed_in_user
from registry.admin.workspace import WorkspacePages
from registry.lifecycle import VersionStatus
from registry.models import Script, ScriptVersion
from registry.starters.catalogue import STARTERS


class VersionInline(admin.TabularInline[ScriptVersion, Script]):
    """The versions of a script, each with a link to its page."""

    model = ScriptVersion
    fields = ("version", "status", "author_name", "submitted_at", "published_at", "release_note")
    readonly_fields = fields
    ordering = ("-pk",)
    extra = 0
    show_change_link = True
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScriptVersion]:
        return super().get_queryset(request).select_related("author", "script").defer("source")

    @admin.display(description="author")
    def author_name(self, version: ScriptVersion) -> str:
        return version.author.username

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever may open the script's page

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Script)
class ScriptAdmin(WorkspacePages, ComparisonPages, PolicyPages):
    list_display = ("name", "owner", "runs", "newest", "description_start", "updated_at")
    list_select_related = ("owner", "current_version")
    search_fields = ("name", "owner__username", "=id")
    list_per_page = 50
    fields = ("id", "name", "description", "owner_name", "runs", "created_at", "updated_at")
    readonly_fields = fields
    inlines = (VersionInline,)

    class Media:
        css = {"all": ("css/source.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Script]:
        newest = ScriptVersion.objects.filter(script=OuterRef("pk")).order_by("-pk")
        return readable_scripts(request).annotate(
            newest_number=Subquery(newest.values("version")[:1]),
            newest_status=Subquery(newest.values("status")[:1]),
        )

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return has_role(request.user, Role.AUTHOR)

    @admin.display(description="owner")
    def owner_name(self, script: Script) -> str:
        return script.owner.username

    @admin.display(description="runs version")
    def runs(self, script: Script) -> SafeString | str:
        version = script.current_version
        if version is None:
            return "not published"
        label = '{} <span class="status status-repaints">repaints</span>'
        return format_html(label, version.version) if version.repaints else version.version

    @admin.display(description="newest version")
    def newest(self, script: Any) -> SafeString:
        status = VersionStatus(script.newest_status)
        shown = '{} <span class="status status-{}">{}</span>'
        return format_html(shown, script.newest_number, status.value, status.label)

    @admin.display(description="description")
    def description_start(self, script: Script) -> str:
        return script.description[:80]

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own, of which one takes every address.
        return [
            *self.workspace_urls(),
            *self.comparison_urls(),
            *self.policy_urls(),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a script; its owner may go on writing from here."""
        script = self.get_object(request, object_id)
        writing = steps.writing_offered_to(signed_in_user(request), script) if script else ""
        context = {"writing": writing, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Name a script and choose what to start from; the workspace opens with it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewScriptForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            draft = form.begin(signed_in_user(request))
            if draft is not None:
                return redirect("admin:registry_script_draft", draft.script_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "New script",
            "form": form,
            "starters": STARTERS,
        }
        return TemplateResponse(request, "admin/registry/script/new.html", context)
