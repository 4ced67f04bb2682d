"""Subscriptions, and the plans that are computed for them, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from common.clock import utc_now
from execution.admin.words import params_in_words
from execution.models import UNFINISHED, Execution, RealtimePlan, Subscription, Trigger
from execution.scheduling.schedules import Schedule
from market.admin_rows import InstrumentFilter
from registry.admin.scoped import ScopedAdmin, readable_scripts


class TriggerShown:
    """What sets runs off, in words."""

    @admin.display(description="runs on", ordering="trigger")
    def runs_on(self, row: Subscription | RealtimePlan) -> str:
        return row.schedule or row.get_trigger_display()

    @admin.display(description="next due")
    def next_due(self, row: Subscription | RealtimePlan) -> str:
        if isinstance(row, Subscription) and row.ended_at is not None:
            return "never: it has ended"
        if not row.schedule:
            return "with the next bar" if row.trigger == Trigger.BAR else "with the next tick"
        coming = Schedule.read(row.schedule).coming(1, after=utc_now())
        return f"{coming[0]:%Y-%m-%d %H:%M} UTC" if coming else "never again"


@admin.register(Subscription)
class SubscriptionAdmin(TriggerShown, ScopedAdmin):
    list_display = (
        "script",
        "user",
        "instrument",
        "timeframe",
        "runs_on",
        "next_due",
        "created_at",
        "ended_at",
    )
    list_filter = (
        ("script", admin.RelatedOnlyFieldListFilter),
        InstrumentFilter,
        "trigger",
        ("ended_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("script", "user")
    search_fields = ("script__name", "=user__username")
    fields = (
        "script",
        "subscriber",
        "instrument",
        "timeframe",
        "runs_on",
        "next_due",
        "params_shown",
        "created_at",
        "ended_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        return super().get_queryset(request).filter(script__in=readable_scripts(request))

    @admin.display(description="user")
    def subscriber(self, row: Subscription) -> str:
        return row.user.username

    @admin.display(description="instrument", ordering="instrument_key")
    def instrument(self, row: Subscription) -> str:
        return row.instrument_key

    @admin.display(description="parameters")
    def params_shown(self, row: Subscription) -> str:
        return params_in_words(row.params)


@admin.register(RealtimePlan)
class RealtimePlanAdmin(TriggerShown, ScopedAdmin):
    list_display = (
        "version",
        "instrument",
        "timeframe",
        "runs_on",
        "next_due",
        "last_run",
        "lag",
        "params_shown",
    )
    list_filter = (
        ("version__script", admin.RelatedOnlyFieldListFilter),
        InstrumentFilter,
        "trigger",
    )
    list_select_related = ("version__script",)
    fields = (
        "version",
        "instrument",
        "timeframe",
        "runs_on",
        "next_due",
        "last_run",
        "lag",
        "passed_over",
        "params_shown",
        "computed_until",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[RealtimePlan]:
        rows = super().get_queryset(request)
        newest = Execution.objects.filter(plan=OuterRef("pk")).order_by("-due_at")
        shown: QuerySet[RealtimePlan] = rows.filter(
            version__script__in=readable_scripts(request)
        ).annotate(
            newest_status=Subquery(newest.values("status")[:1]),
            newest_finished_at=Subquery(newest.values("finished_at")[:1]),
            oldest_open_at=Subquery(
                newest.filter(status__in=UNFINISHED).order_by("due_at").values("created_at")[:1]
            ),
        )
        return shown

    @admin.display(description="last run")
    def last_run(self, row: Any) -> str:
        if row.newest_status is None:
            return "none yet"
        if row.newest_finished_at is None:
            return str(row.newest_status)
        return f"{row.newest_status} {row.newest_finished_at:%Y-%m-%d %H:%M:%S} UTC"

    @admin.display(description="behind by")
    def lag(self, row: Any) -> str:
        if row.oldest_open_at is None:
            return "nothing"
        return f"{max(0, round((utc_now() - row.oldest_open_at).total_seconds()))} s"

    @admin.display(description="passed over under a hold, to be declared")
    def passed_over(self, row: RealtimePlan) -> int:
        return row.held

    @admin.display(description="instrument", ordering="instrument_key")
    def instrument(self, row: RealtimePlan) -> str:
        return row.instrument_key

    @admin.display(description="parameters")
    def params_shown(self, row: RealtimePlan) -> str:
        return params_in_words(row.params)

    @admin.display(description="executions up to", ordering="done_until")
    def computed_until(self, row: RealtimePlan) -> str:
        return f"{row.done_until:%Y-%m-%d %H:%M}" if row.done_until else "none yet"
