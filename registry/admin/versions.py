"""Versions in the admin: the review queue, and one page to read, compare and decide."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.clock import utc_now
from common.errors import SignalHubError
from registry.admin import dossier, steps
from registry.admin.comments import CommentPages, whole_number
from registry.admin.queue import QUEUE, REVIEW, QueueFilter, ReviewQueue, risk_in_words
from registry.admin.scoped import readable_scripts, signed_in_user
from registry.admin.sources import visible
from registry.checklist import POINTS
from registry.lifecycle import VersionStatus
from registry.models import ScriptVersion
from registry.services.evidence import request_evidence
from registry.services.screening import request_screening


@admin.register(ScriptVersion)
class ScriptVersionAdmin(CommentPages):
    list_display = ("title", "status_shown", "risk", "author", "submitted_at", "published_at")
    list_filter = (QueueFilter, "status")
    list_select_related = ("script", "author")
    search_fields = ("script__name", "author__username", "=source_sha256")
    list_per_page = 50

    class Media:
        css = {"all": ("css/source.css", "css/dossier.css")}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ReviewQueue]:
        return ReviewQueue

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        # In the review queue everything is submitted and nothing is published.
        if request.GET.get(QUEUE) == REVIEW:
            return ("title", "risk", "author", "submitted_at")
        return self.list_display

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScriptVersion]:
        return super().get_queryset(request).filter(script__in=readable_scripts(request))

    @admin.display(description="version", ordering="script__name")
    def title(self, version: ScriptVersion) -> str:
        return visible(str(version))

    @admin.display(description="status", ordering="status")
    def status_shown(self, version: ScriptVersion) -> SafeString:
        if version.is_suspended and version.status != VersionStatus.WITHDRAWN:
            status = _status("suspended", "suspended")
        else:
            status = _status(version.status, version.get_status_display())
        label = _status("repaints", "repaints") if version.repaints else ""
        return format_html("{} {}", status, label)

    @admin.display(description="risk")
    def risk(self, version: ScriptVersion) -> SafeString | str:
        return risk_in_words(getattr(version, "risk_found", None))

    def get_urls(self) -> list[URLPattern]:
        def page(address: str, view: Any, name: str) -> URLPattern:
            pattern: URLPattern = path(
                f"<uuid:version_id>/{address}/",
                self.admin_site.admin_view(view),
                name=f"registry_scriptversion_{name}",
            )
            return pattern

        # Before Django's own, of which one takes every address.
        return [
            page("change", self.version_view, "change"),
            page("state", self.state_view, "state"),
            page("screen", self.screen_view, "screen"),
            page("evidence", self.evidence_view, "evidence"),
            page("step/<slug:step>", self.step_view, "step"),
            *self.comment_urls(),
            *super().get_urls(),
        ]

    def version_view(self, request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
        """Show the dossier of a version, and the buttons of whoever reads it."""
        version = self._version(request, version_id)
        user, now = signed_in_user(request), utc_now()
        context = dossier.dossier_of(
            version,
            user,
            asked_about=whole_number(request.GET.get("comment", "")),
            whole="whole" in request.GET,
            now=now,
        )
        if context["approves"]:
            versions = self.get_queryset(request)
            context["queue"] = dossier.place_in_queue(version, versions, user, now=now)
        return self._page(request, "version.html", context)

    def state_view(self, request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
        """Tell a page that waits for evidence whether it would show something else by now."""
        version = self._version(request, version_id)
        return JsonResponse({"state": dossier.state_of(version)})

    def screen_view(self, request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
        """Ask for a screening of a draft; a worker makes it."""
        return self._ask(request, version_id, request_screening, "screening")

    def evidence_view(self, request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
        """Ask for the evidence, again where there is some; a worker makes it."""
        return self._ask(request, version_id, request_evidence, "proof")

    def _ask(
        self, request: HttpRequest, version_id: uuid.UUID, ask: Callable[..., Any], anchor: str
    ) -> HttpResponse:
        version = self._version(request, version_id)
        if request.method == "POST":
            try:
                ask(version, acting_user=signed_in_user(request), now=utc_now())
            except SignalHubError as problem:
                return self._back_to(request, version, anchor, problem=problem)
        return self._back_to(request, version, anchor)

    def step_view(self, request: HttpRequest, version_id: uuid.UUID, step: str) -> HttpResponse:
        """Ask for confirmation, then take a step by its service."""
        version = self._version(request, version_id)
        button = steps.BUTTONS.get(step)
        if button is None:
            raise Http404
        if request.method != "POST":
            return self._back_to(request, version)
        if "confirmed" not in request.POST:
            return self._confirmation(request, version, button)
        try:
            button.perform(version, _pressed(request))
        except SignalHubError as error:
            return self._confirmation(request, version, button, problem=error.message)
        self.message_user(request, f"{version} {button.done}", messages.SUCCESS)
        return self._back_to(request, version)

    def _confirmation(
        self,
        request: HttpRequest,
        version: ScriptVersion,
        button: steps.Button,
        *,
        problem: str = "",
    ) -> HttpResponse:
        context = {
            "title": visible(f"{button.label}: {version}"),
            "version": version,
            "button": button,
            "pressed": _pressed(request),
            "problem": problem,
            "checklist": POINTS,
            "must_be_labelled": dossier.must_be_labelled(version),
        }
        return self._page(request, "confirm.html", context)


def _status(name: str, words: str) -> SafeString:
    return format_html('<span class="status status-{}">{}</span>', name, words)


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
