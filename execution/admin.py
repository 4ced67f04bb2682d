"""Executions to read, filter and run again; subscriptions and plans to look at."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Role, User
from accounts.principals import has_role
from common.clock import utc_now
from common.errors import SignalHubError
from execution.models import Execution, RealtimePlan, Subscription
from execution.services import recovery


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Rows that people look at and services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, Role.AUTHOR, Role.REVIEWER, Role.OPERATOR)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.of_tenant(super().get_queryset(request), request.user)

    def of_tenant(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Keep what belongs to the user's tenant."""
        tenants = user.memberships.values("tenant") if isinstance(user, User) else []
        return rows.filter(**{f"{self.tenant_path}__in": tenants})

    tenant_path = ""


@admin.register(Execution)
class ExecutionAdmin(ReadOnlyAdmin):
    tenant_path = "version__script__tenant"
    list_display = (
        "created_at",
        "script",
        "instrument_key",
        "as_of",
        "kind",
        "status",
        "outcome",
        "milliseconds",
        "memory",
        "attempts",
    )
    list_filter = (
        "status",
        "outcome",
        "kind",
        "instrument_key",
        ("version__script", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("version__script",)
    search_fields = ("=id", "version__script__name", "user__username")
    list_per_page = 50
    show_full_result_count = False
    actions = ("run_again",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "execution_id",
                    "version",
                    "kind",
                    "status",
                    "outcome",
                    "problem",
                    "user",
                )
            },
        ),
        (
            "What ran",
            {
                "fields": (
                    "instrument_key",
                    "timeframe",
                    "params",
                    "as_of",
                    "bar_opened_at",
                    "stream",
                    "parent",
                )
            },
        ),
        ("What came out", {"fields": ("outputs_shown", "output_sha256", "log_shown")}),
        (
            "When, and at what cost",
            {
                "fields": (
                    "created_at",
                    "queued_at",
                    "started_at",
                    "finished_at",
                    "duration_ms",
                    "cpu_ms",
                    "memory_mb",
                    "page_faults",
                    "calls",
                    "attempts",
                    "fence",
                    "lease_until",
                )
            },
        ),
    )

    @admin.display(description="script", ordering="version__script__name")
    def script(self, row: Execution) -> str:
        return str(row.version)

    @admin.display(description="ms", ordering="duration_ms")
    def milliseconds(self, row: Execution) -> str:
        return "" if row.duration_ms is None else f"{row.duration_ms:.1f}"

    @admin.display(description="MB", ordering="memory_mb")
    def memory(self, row: Execution) -> str:
        return "" if row.memory_mb is None else f"{row.memory_mb:.0f}"

    @admin.display(description="error")
    def problem(self, row: Execution) -> str:
        return "" if row.error is None else f"{row.error['message']} ({row.error['code']})"

    @admin.display(description="outputs")
    def outputs_shown(self, row: Execution) -> SafeString | str:
        return _preformatted(json.dumps(row.outputs, indent=2)) if row.outputs else "none"

    @admin.display(description="log")
    def log_shown(self, row: Execution) -> SafeString | str:
        return _preformatted("\n".join(row.log)) if row.log else "nothing was logged"

    def has_run_again_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, Role.OPERATOR)

    @admin.action(description="Run again", permissions=["run_again"])
    def run_again(self, request: HttpRequest, rows: QuerySet[Execution]) -> None:
        """Queue failed or cancelled executions once more."""
        assert isinstance(request.user, User)
        done = 0
        for row in rows.select_related("version__script__tenant"):
            try:
                recovery.run_again(row, acting_user=request.user, now=utc_now())
                done += 1
            except SignalHubError as error:
                self.message_user(request, f"{row}: {error.message}", messages.ERROR)
        if done:
            self.message_user(request, f"{done} queued again.", messages.SUCCESS)


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    tenant_path = "script__tenant"
    list_display = ("script", "user", "instrument_key", "timeframe", "created_at", "ended_at")
    list_filter = (
        ("script", admin.RelatedOnlyFieldListFilter),
        "instrument_key",
        "timeframe",
    )
    list_select_related = ("script", "user")


@admin.register(RealtimePlan)
class RealtimePlanAdmin(ReadOnlyAdmin):
    tenant_path = "version__script__tenant"
    list_display = ("version", "instrument_key", "timeframe", "params", "done_until")
    list_filter = (
        ("version__script", admin.RelatedOnlyFieldListFilter),
        "instrument_key",
        "timeframe",
    )
    list_select_related = ("version__script",)


def _preformatted(text: str) -> SafeString:
    return format_html("<pre>{}</pre>", text)
