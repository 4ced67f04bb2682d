"""Executions to read, filter, run again and replay."""

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

from accounts.models import Role
from accounts.principals import has_role
from common.clock import utc_now
from common.errors import SignalHubError
from common.ids import uuid_at_the_end
from execution.admin.filters import OutcomeFilter, ScriptFilter
from execution.admin.words import in_words, params_in_words
from execution.models import Execution
from execution.models.dead_letters import WHY_MAX_LENGTH
from execution.services import recovery, replay_requests
from market.admin_rows import InstrumentFilter
from registry.admin.scoped import ScopedAdmin, readable_scripts, signed_in_user

RUN_AGAIN = {
    "consequence": "Each that failed or was cancelled is queued once more, with fresh attempts and "
    "the clock that it had. What it puts out goes to all who follow its stream. If the stream has "
    "gone on since, it comes after newer outputs and is marked as late:",
    "why": "Reason",
    "answer": "Yes, run again",
}


@admin.register(Execution)
class ExecutionAdmin(ScopedAdmin):
    list_display = (
        "created",
        "script",
        "instrument",
        "as_of_shown",
        "ending",
        "milliseconds",
        "memory",
    )
    list_filter = ("status", OutcomeFilter, "kind", InstrumentFilter, ScriptFilter)
    list_select_related = ("version__script",)
    search_fields = ("version__script__name", "=user__username")
    search_help_text = "The id of an execution, the name of a script or of a user."
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER  # each would count every execution there is
    actions = ("run_again",)
    fieldsets = (
        (
            None,
            {"fields": ("status_shown", "outcome_shown", "problem", "kind", "version", "run_as")},
        ),
        (
            "What ran",
            {
                "fields": (
                    "execution_id",
                    "instrument",
                    "timeframe",
                    "params_shown",
                    "as_of",
                    "bar_opened_at",
                    "due_at",
                    "priority",
                    "confirmed",
                    "passed_over_shown",
                    "stream",
                    "parent",
                )
            },
        ),
        ("What came out", {"fields": ("outputs_shown", "output_sha256", "log_shown")}),
        (
            "Capsule: what is needed to repeat it",
            {
                "classes": ("collapse",),
                "fields": (
                    "capsule_sha256",
                    "script_sha256",
                    "module_set_sha256",
                    "seed",
                    "limits_shown",
                    "log_sha256",
                ),
            },
        ),
        (
            "When, and at what cost",
            {
                "fields": (
                    "created_at",
                    "queued_at",
                    "started_at",
                    "finished_at",
                    "cost",
                    "attempts",
                    "lease_until",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Execution]:
        rows = super().get_queryset(request)
        return rows.filter(version__script__in=readable_scripts(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Execution], search_term: str
    ) -> tuple[QuerySet[Execution], bool]:
        """Find an execution by the id that callers are given, anything else by name."""
        execution_id = uuid_at_the_end(search_term)
        if execution_id is not None:
            return queryset.filter(pk=execution_id), False
        return super().get_search_results(request, queryset, search_term)

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own, of which one takes every address.
        address = path(
            "<uuid:execution_id>/replay/",
            self.admin_site.admin_view(self.replay_view),
            name="execution_execution_replay",
        )
        return [address, *super().get_urls()]

    def replay_view(self, request: HttpRequest, execution_id: uuid.UUID) -> HttpResponse:
        """Have a worker repeat a run, and show what came of it."""
        rows = self.get_queryset(request).select_related("version__script")
        row = rows.filter(pk=execution_id).first()
        if row is None or not self.has_run_again_permission(request):
            raise Http404
        page = reverse("admin:execution_execution_change", args=[row.pk])
        if request.method != "POST":
            return redirect(page)
        try:
            report = replay_requests.request_replay(row, acting_user=signed_in_user(request))
        except SignalHubError as error:
            self.message_user(request, error.message, messages.ERROR)
            return redirect(page)
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "original": row}
        context = {**shared, "title": f"Replay of {row}", "report": report}
        return TemplateResponse(request, "admin/execution/execution/replay.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row: Execution = context["original"]
        context["can_be_replayed"] = bool(row.capsule_sha256) and self.has_run_again_permission(
            request
        )
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="limits")
    def limits_shown(self, row: Execution) -> str:
        return params_in_words(row.limits) if row.limits else "-"

    @admin.display(description="created", ordering="pk")
    def created(self, row: Execution) -> str:
        return f"{row.created_at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="script", ordering="version__script__name")
    def script(self, row: Execution) -> str:
        return str(row.version)

    @admin.display(description="instrument", ordering="instrument_key")
    def instrument(self, row: Execution) -> str:
        return row.instrument_key

    @admin.display(description="as of", ordering="as_of")
    def as_of_shown(self, row: Execution) -> str:
        return f"{row.as_of:%Y-%m-%d %H:%M}"

    @admin.display(description="status", ordering="status")
    def status_shown(self, row: Execution) -> SafeString:
        return _status(row, row.get_status_display())

    @admin.display(description="status", ordering="status")
    def ending(self, row: Execution) -> SafeString:
        says_more = row.outcome not in ("", "ok")
        return _status(row, f"{row.status}: {in_words(row.outcome)}" if says_more else row.status)

    @admin.display(description="outcome", ordering="outcome")
    def outcome_shown(self, row: Execution) -> str:
        return in_words(row.outcome) or "-"

    @admin.display(description="time, ms", ordering="duration_ms")
    def milliseconds(self, row: Execution) -> str:
        return "" if row.duration_ms is None else f"{row.duration_ms:.1f}"

    @admin.display(description="memory, MB", ordering="memory_mb")
    def memory(self, row: Execution) -> str:
        return "" if row.memory_mb is None else f"{row.memory_mb:.0f}"

    @admin.display(description="error")
    def problem(self, row: Execution) -> str:
        if row.error is None:
            return "none"
        line = row.error.get("line")
        where = f", line {line}" if line else ""
        return f"{row.error['message']} ({row.error['code']}{where})"

    @admin.display(description="run as")
    def run_as(self, row: Execution) -> str:
        return row.user.username

    @admin.display(description="not run for before it")
    def passed_over_shown(self, row: Execution) -> str:
        counts = row.passed_over.items()
        return ", ".join(f"{count} {reason}" for reason, count in counts) or "nothing"

    @admin.display(description="parameters")
    def params_shown(self, row: Execution) -> str:
        return params_in_words(row.params)

    @admin.display(description="outputs")
    def outputs_shown(self, row: Execution) -> SafeString | str:
        return _preformatted(json.dumps(row.outputs, indent=2)) if row.outputs else "none"

    @admin.display(description="log")
    def log_shown(self, row: Execution) -> SafeString | str:
        return _preformatted("\n".join(row.log)) if row.log else "nothing was logged"

    @admin.display(description="cost")
    def cost(self, row: Execution) -> str:
        if row.duration_ms is None:
            return "nothing yet"
        parts = [f"{row.duration_ms:.1f} ms on the clock"]
        if row.cpu_ms is not None:
            parts.append(f"{row.cpu_ms:.1f} ms of processor")
        if row.memory_mb is not None:
            parts.append(f"{row.memory_mb:.0f} MB of memory")
        if row.page_faults is not None:
            parts.append(f"{row.page_faults} page faults")
        if row.calls is not None:
            parts.append(f"{row.calls} call{'' if row.calls == 1 else 's'} to the platform")
        if row.bytes_out is not None:
            parts.append(f"{row.bytes_out} bytes out")
        if row.exit:
            parts.append(f"ended by {row.exit}")
        return ", ".join(parts)

    def has_run_again_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, Role.OPERATOR)

    @admin.action(description="Run again", permissions=["run_again"])
    def run_again(self, request: HttpRequest, rows: QuerySet[Execution]) -> HttpResponse | None:
        """Ask for a reason, then queue failed or cancelled executions once more."""
        chosen = list(rows.select_related("version__script__tenant"))
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "Run again",
                "question": RUN_AGAIN,
                "action": "run_again",
                "chosen": chosen,
                "reason_max_length": WHY_MAX_LENGTH,
            }
            return TemplateResponse(request, "admin/confirm_action.html", context)
        done = sum(self._is_queued(request, row) for row in chosen)
        if done:
            self.message_user(request, f"{done} queued again.", messages.SUCCESS)
        return None

    def _is_queued(self, request: HttpRequest, row: Execution) -> bool:
        reason, user = request.POST.get("reason", ""), signed_in_user(request)
        try:
            recovery.run_again(row, reason=reason, acting_user=user, now=utc_now())
        except SignalHubError as error:
            self.message_user(request, f"{row}: {error.message}", messages.ERROR)
            return False
        return True


def _status(row: Execution, words: str) -> SafeString:
    return format_html('<span class="status status-{}">{}</span>', row.status, words)


def _preformatted(text: str) -> SafeString:
    return format_html("<pre>{}</pre>", text)
