"""What the pages about one version share: finding it for its reader, and showing a template."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from common.errors import SignalHubError
from registry.admin.scoped import ScopedAdmin
from registry.models import ScriptVersion

_RELATED = ("script__owner", "script__tenant", "author", "approved_by", "published_by")


class VersionPages(ScopedAdmin):
    """Pages and buttons about one version that its reader may see."""

    def _version(self, request: HttpRequest, version_id: uuid.UUID) -> ScriptVersion:
        if not self.has_view_permission(request):
            raise Http404
        version: ScriptVersion | None = (
            self.get_queryset(request).select_related(*_RELATED).filter(pk=version_id).first()
        )
        if version is None:
            raise Http404
        return version

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(
            request, f"admin/registry/scriptversion/{template}", {**shared, **context}
        )

    def _back_to(
        self,
        request: HttpRequest,
        version: ScriptVersion,
        anchor: str = "",
        *,
        problem: SignalHubError | None = None,
    ) -> HttpResponse:
        if problem is not None:
            self.message_user(request, problem.message, messages.ERROR)
        page = reverse("admin:registry_scriptversion_change", args=[version.pk])
        return redirect(f"{page}#{anchor}" if anchor else page)
