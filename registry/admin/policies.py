"""Which version of a script runs: the page of its policy, and the way back to an earlier one."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.models import Role, User
from accounts.principals import has_role
from common.clock import utc_now
from common.errors import SignalHubError
from registry import queries
from registry.admin.scoped import ScopedAdmin, signed_in_user
from registry.lifecycle import VersionStatus
from registry.models import Script, ScriptVersion
from registry.models.scripts import NOTE_MAX_LENGTH
from registry.semver import SemanticVersion
from registry.services import policies
from registry.services.recommendations import advise
from registry.version_choice import Policy, Rule

WORDS = {
    Policy.AUTO: "Auto: the highest published version runs",
    Policy.RANGE: "Range: the highest published version inside limits runs",
    Policy.LOCKED: "Locked: exactly one version runs, whatever is published",
}
NONE = ("", "none")


class PolicyForm(forms.Form):
    """The policy with the versions that may run, and a reason for the audit trail."""

    policy = forms.ChoiceField(
        choices=[(policy.value, words) for policy, words in WORDS.items()],
        widget=forms.RadioSelect,
    )
    pinned_version = forms.ChoiceField(required=False, label="Locked to")
    min_version = forms.ChoiceField(required=False, label="From (the lowest that may run)")
    max_version = forms.CharField(
        required=False,
        max_length=20,
        label="To (the highest that may run)",
        help_text="Empty: no upper limit. 1.999999.999999 is the end of all 1.x.",
    )
    reason = forms.CharField(
        required=False, max_length=NOTE_MAX_LENGTH, help_text="Kept with the audit trail."
    )

    def __init__(self, *args: Any, versions: list[ScriptVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = [NONE, *((version.version, _in_words(version)) for version in versions)]
        for name in ("pinned_version", "min_version"):
            self.fields[name].choices = numbers  # type: ignore[attr-defined]

    def rule(self) -> Rule:
        """Return what was chosen; fields of another policy count for nothing."""
        given = self.cleaned_data
        takes = {
            Policy.LOCKED: ("pinned_version",),
            Policy.RANGE: ("min_version", "max_version"),
        }.get(Policy(given["policy"]), ())
        return Rule.parse(given["policy"], **{name: given[name] for name in takes})


class PolicyPages(ScopedAdmin):
    """The pages of a script's version policy; the services decide."""

    def policy_urls(self) -> list[URLPattern]:
        """Return the addresses of these pages."""
        return [
            path(
                "<uuid:script_id>/policy/",
                self.admin_site.admin_view(self.policy_view),
                name="registry_script_policy",
            ),
            path(
                "<uuid:script_id>/rollback/",
                self.admin_site.admin_view(self.rollback_view),
                name="registry_script_rollback",
            ),
        ]

    def policy_view(self, request: HttpRequest, script_id: uuid.UUID) -> HttpResponse:
        """Show which version runs and why; its author sets the policy after a confirmation."""
        script = self._script(request, script_id)
        versions = _that_may_run(script)
        may_set = signed_in_user(request).pk == script.owner_id
        form = PolicyForm(
            (request.POST or None) if may_set else None,
            initial=_fields_of(queries.rule_of(script)),
            versions=versions,
        )
        if may_set and request.method == "POST" and form.is_valid():
            try:
                return self._set(request, script, form)
            except SignalHubError as error:
                field = error.details.get("field")
                form.add_error(field if field in form.fields else None, error.message)
        advice = advise(script, at=utc_now())
        context = {
            "title": f"{script.name}: which version runs",
            "form": form if may_set else None,
            "rule": queries.rule_of(script),
            "newest": queries.chosen_version(script, Rule()),
            "advice": advice,
            "is_followed": advice.suggested == queries.rule_of(script),
            "earlier": [v for v in versions if v.pk != script.current_version_id],
            "may_roll_back": _may_roll_back(script, signed_in_user(request)),
        }
        return self._policy_page(request, "policy.html", script, context)

    def rollback_view(self, request: HttpRequest, script_id: uuid.UUID) -> HttpResponse:
        """Ask for confirmation and a reason, then make an earlier version run again."""
        script = self._script(request, script_id)
        if request.method != "POST":
            return redirect("admin:registry_script_policy", script.pk)
        version, problem = request.POST.get("version", ""), ""
        if "confirmed" in request.POST:
            try:
                policies.roll_back(
                    script,
                    version,
                    reason=request.POST.get("reason", ""),
                    acting_user=signed_in_user(request),
                    now=utc_now(),
                )
            except SignalHubError as error:
                problem = error.message
            else:
                self.message_user(request, f"{script} runs {version} again.", messages.SUCCESS)
                return redirect("admin:registry_script_policy", script.pk)
        context = {
            "title": f"Roll {script.name} back",
            "version": version,
            "reason": request.POST.get("reason", ""),
            "problem": problem,
            "subscribers": advise(script, at=utc_now()).subscribers,
        }
        return self._policy_page(request, "rollback.html", script, context)

    def _set(self, request: HttpRequest, script: Script, form: PolicyForm) -> HttpResponse:
        rule = form.rule()
        if "confirmed" not in request.POST:
            policies.require_a_choice(script, rule)
            context = {
                "title": f"Version policy of {script.name}",
                "form": form,
                "rule": rule,
                "before": queries.rule_of(script),
                "chosen": queries.chosen_version(script, rule),
                "subscribers": advise(script, at=utc_now()).subscribers,
            }
            return self._policy_page(request, "policy_confirm.html", script, context)
        changed = policies.set_version_policy(
            script,
            rule,
            reason=form.cleaned_data["reason"],
            acting_user=signed_in_user(request),
            now=utc_now(),
        )
        runs = changed.current_version
        text = f"The policy is {rule}: {runs.version if runs else 'nothing'} runs."
        self.message_user(request, text, messages.SUCCESS)
        return redirect("admin:registry_script_policy", script.pk)

    def _script(self, request: HttpRequest, script_id: uuid.UUID) -> Script:
        related = ("owner", "tenant", "current_version")
        rows = self.get_queryset(request).select_related(*related)
        found = rows.filter(pk=script_id)
        script: Script | None = found.first() if self.has_view_permission(request) else None
        if script is None:
            raise Http404
        return script

    def _policy_page(
        self, request: HttpRequest, name: str, script: Script, context: dict[str, Any]
    ) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "script": script}
        return TemplateResponse(request, f"admin/registry/script/{name}", {**shared, **context})


def _that_may_run(script: Script) -> list[ScriptVersion]:
    runnable = ScriptVersion.objects.runnable().filter(script=script)
    return sorted(runnable, key=lambda v: SemanticVersion.parse(v.version), reverse=True)


def _may_roll_back(script: Script, user: User) -> bool:
    return user.pk == script.owner_id or has_role(user, Role.OPERATOR)


def _fields_of(rule: Rule) -> dict[str, str]:
    return {
        "policy": rule.policy.value,
        "pinned_version": str(rule.pinned or ""),
        "min_version": str(rule.minimum or ""),
        "max_version": str(rule.maximum or ""),
    }


def _in_words(version: ScriptVersion) -> str:
    is_deprecated = version.status == VersionStatus.DEPRECATED
    return f"{version.version} (deprecated)" if is_deprecated else version.version
