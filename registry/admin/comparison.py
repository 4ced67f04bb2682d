"""Two versions of a script side by side: what changed in the source and in the manifest."""

from __future__ import annotations

import json
import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from registry import queries
from registry.admin import sources, steps
from registry.admin.scoped import ScopedAdmin, signed_in_user
from registry.models import Script, ScriptVersion


class ComparisonPages(ScopedAdmin):
    """The versions of a script, any two of them compared; a part of the scripts' admin."""

    def comparison_urls(self) -> list[URLPattern]:
        """Return the address of the page."""
        view = self.admin_site.admin_view(self.versions_view)
        return [path("<uuid:script_id>/versions/", view, name="registry_script_versions")]

    def versions_view(self, request: HttpRequest, script_id: uuid.UUID) -> HttpResponse:
        """List a script's versions, and compare the two that ``from`` and ``to`` name."""
        script = self._readable_script(request, script_id)
        versions = list(queries.versions_of(script))
        before, after = _chosen(versions, request.GET.get("from"), request.GET.get("to"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Versions of {script.name}",
            "script": script,
            "versions": versions,
            "before": before,
            "after": after,
            "diff": sources.changed_lines(before.source, after.source),
            "manifest_diff": sources.changed_lines(_manifest(before), _manifest(after)),
            "writing": steps.writing_offered_to(signed_in_user(request), script),
        }
        return TemplateResponse(request, "admin/registry/script/versions.html", context)

    def _readable_script(self, request: HttpRequest, script_id: uuid.UUID) -> Script:
        found = self.get_queryset(request).filter(pk=script_id)
        script: Script | None = found.first() if self.has_view_permission(request) else None
        if script is None or not script.versions.exists():
            raise Http404
        return script


def _chosen(
    versions: list[ScriptVersion], before: str | None, after: str | None
) -> tuple[ScriptVersion, ScriptVersion]:
    # The newest against the one before it, until somebody chooses.
    newest, previous = versions[0], versions[min(1, len(versions) - 1)]
    return _numbered(versions, before, previous), _numbered(versions, after, newest)


def _numbered(
    versions: list[ScriptVersion], number: str | None, default: ScriptVersion
) -> ScriptVersion:
    if number is None:
        return default
    found = next((version for version in versions if version.version == number), None)
    if found is None:
        raise Http404
    return found


def _manifest(version: ScriptVersion) -> str:
    return json.dumps(version.manifest, indent=2, ensure_ascii=False)
