"""Subscriptions, and the plans that are computed for them, to look at."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from execution.admin.words import params_in_words
from execution.models import RealtimePlan, Subscription
from market.admin import InstrumentFilter
from registry.admin.scoped import ScopedAdmin, readable_scripts


@admin.register(Subscription)
class SubscriptionAdmin(ScopedAdmin):
    list_display = ("script", "user", "instrument", "timeframe", "created_at", "ended_at")
    list_filter = (
        ("script", admin.RelatedOnlyFieldListFilter),
        InstrumentFilter,
        ("ended_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("script", "user")
    search_fields = ("script__name", "=user__username")
    fields = (
        "script",
        "subscriber",
        "instrument",
        "timeframe",
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
class RealtimePlanAdmin(ScopedAdmin):
    list_display = ("version", "instrument", "timeframe", "params_shown", "computed_until")
    list_filter = (("version__script", admin.RelatedOnlyFieldListFilter), InstrumentFilter)
    list_select_related = ("version__script",)
    fields = ("version", "instrument", "timeframe", "params_shown", "computed_until")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[RealtimePlan]:
        rows = super().get_queryset(request)
        return rows.filter(version__script__in=readable_scripts(request))

    @admin.display(description="instrument", ordering="instrument_key")
    def instrument(self, row: RealtimePlan) -> str:
        return row.instrument_key

    @admin.display(description="parameters")
    def params_shown(self, row: RealtimePlan) -> str:
        return params_in_words(row.params)

    @admin.display(description="executions up to the bar of", ordering="done_until")
    def computed_until(self, row: RealtimePlan) -> str:
        return f"{row.done_until:%Y-%m-%d %H:%M}" if row.done_until else "none yet"
