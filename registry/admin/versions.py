"""Versions in the admin: the review queue, and one page to read, compare and decide."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from common.clock import utc_now
from common.errors import SignalHubError
from registry import queries
from registry.admin import evidence, screening, sources, steps
from registry.admin.scoped import ScopedAdmin, readable_scripts, signed_in_user
from registry.lifecycle import VersionStatus
from registry.manifest import DependencyReference, dependencies_of
from registry.models import ScriptVersion
from registry.services.screening import request_screening


class QueueFilter(admin.SimpleListFilter):
    """What somebody has to do something about."""

    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("review", "waiting for review"),
            ("publication", "waiting for publication"),
            ("suspended", "suspended"),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ScriptVersion]
    ) -> QuerySet[ScriptVersion]:
        if self.value() == "suspended":
            return queryset.filter(pk__in=ScriptVersion.objects.suspended())
        waiting = {"review": VersionStatus.SUBMITTED, "publication": VersionStatus.APPROVED}
        status = waiting.get(self.value() or "")
        return queryset.filter(status=status) if status else queryset


@admin.register(ScriptVersion)
class ScriptVersionAdmin(ScopedAdmin):
    list_display = ("title", "status_shown", "author", "submitted_at", "published_at")
    list_filter = (QueueFilter, "status")
    list_select_related = ("script", "author")
    search_fields = ("script__name", "author__username", "=source_sha256")
    list_per_page = 50

    class Media:
        css = {"all": ("css/source.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScriptVersion]:
        return super().get_queryset(request).filter(script__in=readable_scripts(request))

    @admin.display(description="version", ordering="script__name")
    def title(self, version: ScriptVersion) -> str:
        return str(version)

    @admin.display(description="status", ordering="status")
    def status_shown(self, version: ScriptVersion) -> SafeString:
        if version.is_suspended and version.status != VersionStatus.WITHDRAWN:
            return _status("suspended", "suspended")
        return _status(version.status, version.get_status_display())

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own, of which one takes every address.
        return [
            path(
                "<uuid:version_id>/change/",
                self.admin_site.admin_view(self.version_view),
                name="registry_scriptversion_change",
            ),
            path(
                "<uuid:version_id>/screen/",
                self.admin_site.admin_view(self.screen_view),
                name="registry_scriptversion_screen",
            ),
            path(
                "<uuid:version_id>/step/<slug:step>/",
                self.admin_site.admin_view(self.step_view),
                name="registry_scriptversion_step",
            ),
            *super().get_urls(),
        ]

    def version_view(self, request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
        """Show a version: source, changes since the last published one, reviews, and buttons."""
        version = self._version(request, version_id)
        user = signed_in_user(request)
        previous = _previous(version)
        buttons = steps.offered_to(user, version)
        named = dependencies_of(version.manifest)
        context = {
            "title": str(version),
            "version": version,
            "depends_on": [_in_words(reference, version) for reference in named],
            "open_to": _people_named(version),
            "screening": screening.report_of(version, user),
            "source": sources.highlighted(version.source),
            "hidden_characters": sources.hidden_characters(version.source),
            "previous": previous,
            "diff": sources.compared(previous.source, version.source) if previous else [],
            "manifest": json.dumps(version.manifest, indent=2, ensure_ascii=False),
            "previous_manifest_differs": previous and previous.manifest != version.manifest,
            "behaviour": evidence.behaviour_of(version),
            "reviews": version.reviews.select_related("reviewer"),
            "buttons": buttons,
            "note_label": steps.note_label(buttons),
            "writing": steps.writing_offered_to(user, version.script),
            "waits_for_somebody_else": steps.waits_for_somebody_else(user, version),
        }
        return self._page(request, "admin/registry/scriptversion/version.html", context)

    def screen_view(self, request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
        """Ask for a screening of a draft; a worker makes it."""
        version = self._version(request, version_id)
        if request.method == "POST":
            try:
                request_screening(version, acting_user=signed_in_user(request), now=utc_now())
            except SignalHubError as error:
                self.message_user(request, error.message, messages.ERROR)
        page = reverse("admin:registry_scriptversion_change", args=[version.pk])
        return redirect(f"{page}#screening")

    def step_view(self, request: HttpRequest, version_id: uuid.UUID, step: str) -> HttpResponse:
        """Ask for confirmation, then take a step by its service."""
        version = self._version(request, version_id)
        button = steps.BUTTONS.get(step)
        if button is None:
            raise Http404
        page = reverse("admin:registry_scriptversion_change", args=[version.pk])
        if request.method != "POST":
            return redirect(page)
        if "confirmed" not in request.POST:
            return self._confirmation(request, version, button)
        try:
            button.perform(version, _pressed(request))
        except SignalHubError as error:
            return self._confirmation(request, version, button, problem=error.message)
        self.message_user(request, f"{version} {button.done}", messages.SUCCESS)
        return redirect(page)

    def _confirmation(
        self,
        request: HttpRequest,
        version: ScriptVersion,
        button: steps.Button,
        *,
        problem: str = "",
    ) -> HttpResponse:
        context = {
            "title": f"{button.label}: {version}",
            "version": version,
            "button": button,
            "pressed": _pressed(request),
            "problem": problem,
        }
        return self._page(request, "admin/registry/scriptversion/confirm.html", context)

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**shared, **context})

    def _version(self, request: HttpRequest, version_id: uuid.UUID) -> ScriptVersion:
        if not self.has_view_permission(request):
            raise Http404
        related = ("script__owner", "script__tenant", "author", "approved_by", "published_by")
        version: ScriptVersion | None = (
            self.get_queryset(request).select_related(*related).filter(pk=version_id).first()
        )
        if version is None:
            raise Http404
        return version


def _status(name: str, words: str) -> SafeString:
    return format_html('<span class="status status-{}">{}</span>', name, words)


def _previous(version: ScriptVersion) -> ScriptVersion | None:
    return queries.versions_of(version.script).released().filter(pk__lt=version.pk).first()


# Names of the script's own tenant only: an author can write any id into a manifest.
def _in_words(reference: DependencyReference, version: ScriptVersion) -> str:
    found = ScriptVersion.objects.filter(
        script=reference.script_id,
        version=reference.version,
        script__tenant=version.script.tenant_id,
    )
    known = found.select_related("script").first()
    return str(known) if known else f"{reference}, which is unknown"


def _people_named(version: ScriptVersion) -> list[str]:
    ids = [int(i) for i in version.manifest["permissions"]["allowed_users"] if i.isdecimal()]
    members = User.objects.filter(pk__in=ids, memberships__tenant=version.script.tenant_id)
    return sorted(members.values_list("username", flat=True).distinct())


def _pressed(request: HttpRequest) -> steps.Pressed:
    return steps.Pressed(
        note=request.POST.get("note", ""),
        source_sha256=request.POST.get("source_sha256", ""),
        manifest_sha256=request.POST.get("manifest_sha256", ""),
        checklist=request.POST.getlist("checklist"),
        repaints="repaints" in request.POST,
        user=signed_in_user(request),
        now=utc_now(),
    )
