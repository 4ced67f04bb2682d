"""Trials in the admin: the list of them, and what a page asks that runs drafts on history."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.clock import utc_now
from common.errors import InvalidInput, SignalHubError
from common.http.problems import problem_response
from execution.admin.trial_charts import chart_of
from execution.admin.trial_views import choices_for, state_of
from execution.admin.words import params_in_words
from execution.models import Trial, TrialPurpose
from execution.services import trials
from registry.admin.scoped import ScopedAdmin, readable_scripts, signed_in_user
from registry.models import ScriptVersion


class TrialNotReadable(InvalidInput):
    """bars is a whole number, and params is a JSON object."""

    code = "trial_not_readable"


@admin.register(Trial)
class TrialAdmin(ScopedAdmin):
    list_display = ("requested_at", "version", "instrument", "purpose", "status_shown", "bars_done")
    list_filter = ("status", "purpose")
    list_select_related = ("version__script",)
    search_fields = ("version__script__name", "=instrument_key")
    list_per_page = 50
    fields = (
        "version",
        "purpose",
        "status_shown",
        "instrument",
        "params_shown",
        "bars",
        "bars_done",
        "requested_by",
        "requested_at",
        "started_at",
        "finished_at",
        "error_shown",
        "usage_shown",
        "log_shown",
        "source_sha256",
        "outputs_sha256",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Trial]:
        rows: QuerySet[Trial] = super().get_queryset(request)
        return rows.filter(version__script__in=readable_scripts(request))

    @admin.display(description="status", ordering="status")
    def status_shown(self, trial: Trial) -> SafeString:
        shown = '<span class="status status-{}">{}</span>'
        return format_html(shown, trial.status, trial.get_status_display())

    @admin.display(description="on", ordering="instrument_key")
    def instrument(self, trial: Trial) -> str:
        return f"{trial.instrument_key} {trial.timeframe}"

    @admin.display(description="params")
    def params_shown(self, trial: Trial) -> str:
        return params_in_words(trial.params)

    @admin.display(description="error")
    def error_shown(self, trial: Trial) -> str:
        if not trial.error:
            return "none"
        line = f" (line {trial.error['line']})" if trial.error.get("line") else ""
        return f"{trial.error['code']}{line}: {trial.error['message']}"

    @admin.display(description="used")
    def usage_shown(self, trial: Trial) -> str:
        return (
            ", ".join(f"{name} {value}" for name, value in sorted(trial.usage.items())) or "nothing"
        )

    @admin.display(description="log")
    def log_shown(self, trial: Trial) -> SafeString:
        return format_html("<pre>{}</pre>", "\n".join(trial.log))

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own, of which one takes every address.
        views = (
            ("choices/", self.choices_view, "execution_trial_choices"),
            ("of/<uuid:version_id>/", self.version_view, "execution_trial_of_version"),
            ("<uuid:trial_id>/chart/", self.chart_view, "execution_trial_chart"),
            ("<uuid:trial_id>/state/", self.state_view, "execution_trial_state"),
            ("<uuid:trial_id>/state/cancel/", self.cancel_view, "execution_trial_cancel"),
        )
        own = [path(at, self.admin_site.admin_view(view), name=name) for at, view, name in views]
        return [*own, *super().get_urls()]

    @method_decorator(require_safe)
    def choices_view(self, request: HttpRequest) -> HttpResponse:
        """Return which instruments and timeframes there are, and how many bars a trial may take."""
        self._require_page(request)
        return JsonResponse(choices_for(at=utc_now()))

    @method_decorator(require_http_methods(["GET", "POST"]))
    def version_view(self, request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
        """Ask for a trial of a version by POST; else return where its author's newest one is."""
        self._require_page(request)
        version = (
            ScriptVersion.objects.select_related("script__owner", "script__tenant")
            .filter(pk=version_id, script__in=readable_scripts(request))
            .first()
        )
        if version is None:
            raise Http404
        try:
            if request.method == "POST":
                return JsonResponse(_reference(self._start(request, version)), status=201)
            trials.require_may_try(version, signed_in_user(request))
        except SignalHubError as error:
            return problem_response(error)
        newest = Trial.objects.filter(version=version, purpose=TrialPurpose.AUTHOR).first()
        return JsonResponse({"newest": _reference(newest)["url"] if newest else None})

    @method_decorator(require_safe)
    def chart_view(self, request: HttpRequest, trial_id: uuid.UUID) -> HttpResponse:
        """Answer with the bars of a trial and with what it put out on them, as JSON."""
        self._require_page(request)
        trial = self.get_queryset(request).filter(pk=trial_id).first()
        if trial is None:
            raise Http404
        return JsonResponse(chart_of(trial))

    @method_decorator(require_safe)
    def state_view(self, request: HttpRequest, trial_id: uuid.UUID) -> HttpResponse:
        """Return how far a trial is and, once it is over, what came of it."""
        self._require_page(request)
        try:
            return JsonResponse(state_of(trials.trial_of(trial_id, user=signed_in_user(request))))
        except SignalHubError as error:
            return problem_response(error)

    @method_decorator(require_POST)
    def cancel_view(self, request: HttpRequest, trial_id: uuid.UUID) -> HttpResponse:
        """End a trial that is not done."""
        self._require_page(request)
        user = signed_in_user(request)
        try:
            trial = trials.trial_of(trial_id, user=user)
            trials.cancel_trial(trial, acting_user=user, now=utc_now())
        except SignalHubError as error:
            return problem_response(error)
        return JsonResponse(_reference(trial))

    def _start(self, request: HttpRequest, version: ScriptVersion) -> Trial:
        return trials.request_trial(
            version,
            instrument_key=request.POST.get("instrument", ""),
            timeframe=request.POST.get("timeframe") or None,
            params=_params(request.POST.get("params", "{}")),
            bars=_bars(request.POST.get("bars", "")),
            acting_user=signed_in_user(request),
            now=utc_now(),
        )

    def _require_page(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise Http404


def _reference(trial: Trial) -> dict[str, Any]:
    address = reverse("admin:execution_trial_state", args=[trial.pk])
    return {"id": str(trial.pk), "status": trial.status, "url": address}


def _params(text: str) -> dict[str, Any]:
    try:
        params = json.loads(text)
    except (ValueError, RecursionError):
        params = None
    if not isinstance(params, dict):
        raise TrialNotReadable("params: write a JSON object.", field="params")
    return params


def _bars(text: str) -> int:
    # int() itself would also take "1_000" and the digits of other scripts, and refuse long ones.
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise TrialNotReadable("bars: write a whole number.", field="bars")
    return int(text)
