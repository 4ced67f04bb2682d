"""The workspace: one page on which an author writes a draft, and the requests it makes."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from common.clock import utc_now
from common.errors import SignalHubError
from common.http.problems import problem_response
from registry import queries
from registry.admin import steps, workspace_state
from registry.admin.draft_form import DraftForm, dependencies_offered, draft_of, people_offered
from registry.admin.scoped import ScopedAdmin, signed_in_user
from registry.comments import comments_on
from registry.editions import edition_of
from registry.models import DraftAutosave, Script, ScriptVersion
from registry.services import autosaves, drafts
from registry.services.autosaves import Saved


class WorkspacePages(ScopedAdmin):
    """The addresses of the workspace; a part of the scripts' admin."""

    def workspace_urls(self) -> list[URLPattern]:
        """Return the workspace's addresses."""
        views = (
            ("draft/", self.draft_view, "registry_script_draft"),
            ("draft/autosave/", self.autosave_view, "registry_script_autosave"),
            ("draft/state/", self.state_view, "registry_script_draft_state"),
            ("draft/discard/", self.discard_view, "registry_script_discard"),
        )
        return [
            path(f"<uuid:script_id>/{route}", self.admin_site.admin_view(view), name=name)
            for route, view, name in views
        ]

    def draft_view(self, request: HttpRequest, script_id: uuid.UUID) -> HttpResponse:
        """Go on with a draft, or begin the next one after a publication."""
        script = self._own_script(request, script_id)
        version = _version_to_write(script)
        if not steps.writing_offered_to(signed_in_user(request), script):
            self.message_user(
                request,
                f"{version} is {version.get_status_display()}: it cannot be edited.",
                messages.WARNING,
            )
            return redirect("admin:registry_scriptversion_change", version.pk)
        if request.method == "POST":
            return self._save(request, script, version)
        autosave = DraftAutosave.objects.filter(script=script).first()
        form = self._form(request, script, version, data=autosave.fields if autosave else None)
        return self._page(request, script, version, form, kept=autosave)

    @method_decorator(require_POST)
    def autosave_view(self, request: HttpRequest, script_id: uuid.UUID) -> HttpResponse:
        """Save what stands in the fields, and say what became of it."""
        script = self._own_script(request, script_id)
        form = self._form(request, script, _version_to_write(script), data=request.POST)
        try:
            saved = self._save_typed(request, script, form)
        except autosaves.DraftChangedElsewhere as error:
            error.details["saved"] = self._fields_now(request, script)
            return problem_response(error)
        except SignalHubError as error:
            return problem_response(error)
        state = workspace_state.state_of(script, signed_in_user(request), at=utc_now())
        errors = {field: [str(error) for error in form.errors[field]] for field in form.errors}
        return JsonResponse({**state, "errors": errors, "is_draft": saved.draft is not None})

    @method_decorator(require_safe)
    def state_view(self, request: HttpRequest, script_id: uuid.UUID) -> HttpResponse:
        """Return what the page shows besides the fields."""
        script = self._own_script(request, script_id)
        return JsonResponse(workspace_state.state_of(script, signed_in_user(request), at=utc_now()))

    @method_decorator(require_POST)
    def discard_view(self, request: HttpRequest, script_id: uuid.UUID) -> HttpResponse:
        """Go back to the last draft that validates."""
        script = self._own_script(request, script_id)
        autosaves.discard_typed(script, acting_user=signed_in_user(request))
        self.message_user(request, "This is the last draft without a mistake.", messages.SUCCESS)
        return redirect("admin:registry_script_draft", script.pk)

    def _own_script(self, request: HttpRequest, script_id: uuid.UUID) -> Script:
        if not self.has_view_permission(request):
            raise Http404
        script: Script | None = (
            self.get_queryset(request)
            .select_related("owner", "tenant", "current_version")
            .filter(pk=script_id)
            .first()
        )
        if script is None:
            raise Http404
        if script.owner_id != signed_in_user(request).pk:
            raise PermissionDenied(drafts.NotTheAuthor.__doc__)
        return script

    def _form(
        self, request: HttpRequest, script: Script, version: ScriptVersion, *, data: Any
    ) -> DraftForm:
        author, initial = signed_in_user(request), draft_of(script, version)
        return DraftForm(
            data,
            initial=initial,
            dependencies=dependencies_offered(
                author, script=script, named=initial["depends_on"], at=utc_now()
            ),
            people=people_offered(author, named=initial["allowed_users"]),
        )

    def _save_typed(
        self, request: HttpRequest, script: Script, form: DraftForm, *, is_pause: bool = True
    ) -> Saved:
        saved = autosaves.save_typed(
            script,
            typed=form.typed(),
            written=form.written() if form.is_valid() else None,
            edition=request.POST.get("edition", ""),
            is_pause=is_pause and "asked" not in request.POST,
            acting_user=signed_in_user(request),
            now=utc_now(),
        )
        if saved.problem is not None:
            form.show_refusal(saved.problem)
        return saved

    def _save(self, request: HttpRequest, script: Script, version: ScriptVersion) -> HttpResponse:
        # Without scripts on the page: the same fields, the same service.
        form = self._form(request, script, version, data=request.POST)
        try:
            saved = self._save_typed(request, script, form, is_pause=False)
        except autosaves.DraftChangedElsewhere as error:
            return self._page(request, script, version, form, conflict=error.message)
        except SignalHubError as error:
            form.show_refusal(error)
            return self._page(request, script, version, form)
        if saved.draft is None:
            return self._page(request, script, version, form)
        self.message_user(request, f"{saved.draft} is saved.", messages.SUCCESS)
        return redirect("admin:registry_script_draft", script.pk)

    def _fields_now(self, request: HttpRequest, script: Script) -> dict[str, Any]:
        autosave = DraftAutosave.objects.filter(script=script).first()
        form = self._form(request, script, _version_to_write(script), data=None)
        shown = {field.name: field.value() for field in form}
        return {
            "edition": edition_of(script),
            "fields": autosave.fields if autosave else shown,
        }

    def _page(
        self,
        request: HttpRequest,
        script: Script,
        version: ScriptVersion,
        form: DraftForm,
        *,
        kept: DraftAutosave | None = None,
        conflict: str = "",
    ) -> HttpResponse:
        user, now = signed_in_user(request), utc_now()
        draft = workspace_state.editable_draft(script)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "is_nav_sidebar_enabled": False,
            "title": f"{script.name} {form['version'].initial}",
            "script": script,
            "draft": draft,
            "number": form["version"].initial,
            "form": form,
            "kept": kept,
            "conflict": conflict,
            "state": workspace_state.state_of(script, user, at=now),
            "points": workspace_state.points_of(draft, at=now),
            "versions": queries.versions_of(script).defer("source"),
            "last_note": _last_review_note(draft),
            "comments": [each for each in comments_on(draft) if each.is_open] if draft else [],
        }
        return TemplateResponse(request, "admin/registry/script/workspace.html", context)


def _version_to_write(script: Script) -> ScriptVersion:
    version = queries.open_version(script) or queries.last_released(script)
    if version is None:
        raise Http404
    return version


def _last_review_note(draft: ScriptVersion | None) -> str:
    review = draft.reviews.order_by("-pk").first() if draft else None
    return review.note if review else ""
