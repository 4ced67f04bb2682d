"""Scripts in the admin: what there is, its versions, and the page on which an author writes."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Role
from accounts.principals import has_role
from common.clock import utc_now
from common.errors import SignalHubError
from registry import queries
from registry.admin import steps
from registry.admin.draft_form import (
    DraftForm,
    blank_draft,
    dependencies_offered,
    draft_of,
    people_offered,
)
from registry.admin.scoped import ScopedAdmin, readable_scripts, signed_in_user
from registry.lifecycle import VersionStatus
from registry.models import Script, ScriptVersion
from registry.services import drafts


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
class ScriptAdmin(ScopedAdmin):
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
    def runs(self, script: Script) -> str:
        return script.current_version.version if script.current_version else "not published"

    @admin.display(description="newest version")
    def newest(self, script: Any) -> SafeString:
        status = VersionStatus(script.newest_status)
        shown = '{} <span class="status status-{}">{}</span>'
        return format_html(shown, script.newest_number, status.value, status.label)

    @admin.display(description="description")
    def description_start(self, script: Script) -> str:
        return script.description[:80]

    def get_urls(self) -> list[URLPattern]:
        edit = self.admin_site.admin_view(self.draft_view)
        address = path("<uuid:script_id>/draft/", edit, name="registry_script_draft")
        return [address, *super().get_urls()]

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
        """Write the first draft of a script."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._write(request, None, blank_draft())

    def draft_view(self, request: HttpRequest, script_id: uuid.UUID) -> HttpResponse:
        """Go on with a draft, or open the next one after a publication."""
        script = self.get_queryset(request).filter(pk=script_id).first()
        if script is None:
            raise Http404
        if script.owner_id != signed_in_user(request).pk:
            raise PermissionDenied(drafts.NotTheAuthor.__doc__)
        version = queries.open_version(script) or queries.last_released(script)
        if version is None:
            raise Http404
        if not steps.writing_offered_to(signed_in_user(request), script):
            self.message_user(
                request,
                f"{version} is {version.get_status_display()}: it cannot be edited.",
                messages.WARNING,
            )
            return redirect("admin:registry_scriptversion_change", version.pk)
        return self._write(request, script, draft_of(script, version))

    def _write(
        self, request: HttpRequest, script: Script | None, initial: dict[str, Any]
    ) -> HttpResponse:
        author = signed_in_user(request)
        form = DraftForm(
            request.POST or None,
            initial=initial,
            dependencies=dependencies_offered(
                author, script=script, named=initial["depends_on"], at=utc_now()
            ),
            people=people_offered(author, named=initial["allowed_users"]),
        )
        if request.method == "POST" and form.is_valid():
            draft = self._save(request, script, form)
            if draft is not None:
                self.message_user(request, f"{draft} is saved.", messages.SUCCESS)
                return redirect("admin:registry_scriptversion_change", draft.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{script.name} {initial['version']}" if script else "New script",
            "script": script,
            "form": form,
        }
        return TemplateResponse(request, "admin/registry/script/draft.html", context)

    def _save(
        self, request: HttpRequest, script: Script | None, form: DraftForm
    ) -> ScriptVersion | None:
        written, acting_user = form.written(), signed_in_user(request)
        try:
            if script is None:
                return drafts.create_draft(**written, acting_user=acting_user, now=utc_now())
            return drafts.edit_draft(script, **written, acting_user=acting_user, now=utc_now())
        except SignalHubError as error:
            form.show_refusal(error)
            return None
