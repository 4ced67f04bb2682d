"""Alerts: what operators are told, and the button with which one of them takes it in hand."""

from __future__ import annotations

import uuid

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Role
from common.clock import utc_now
from common.errors import SignalHubError
from execution.models import Alert
from execution.services import alerts
from registry.admin.scoped import ScopedAdmin, signed_in_user


class OpenFilter(admin.SimpleListFilter):
    """What nobody has taken in hand."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("open", "open"), ("acknowledged", "acknowledged or over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        if self.value() not in ("open", "acknowledged"):
            return queryset
        is_open = Q(acknowledged_at=None, cleared_at=None)
        return queryset.filter(is_open if self.value() == "open" else ~is_open)


@admin.register(Alert)
class AlertAdmin(ScopedAdmin):
    roles = (Role.OPERATOR,)
    list_display = ("created_at", "level_shown", "about", "times", "acknowledged")
    list_filter = (OpenFilter, "kind", "level")
    search_fields = ("message", "machine", "version__script__name")
    list_per_page = 50
    fields = (
        "kind",
        "level_shown",
        "subject",
        "message",
        "times",
        "created_at",
        "last_at",
        "mail_problem",
        "acknowledged",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        return alerts.open_to(signed_in_user(request))

    @admin.display(description="about")
    def about(self, alert: Alert) -> str:
        return str(alert)

    @admin.display(description="about")
    def subject(self, alert: Alert) -> SafeString | str:
        if alert.version is None:
            return alert.machine
        page = reverse("admin:registry_scriptversion_change", args=[alert.version.pk])
        return format_html('<a href="{}">{}</a>', page, alert.version)

    @admin.display(description="level", ordering="level")
    def level_shown(self, alert: Alert) -> SafeString:
        return format_html(
            '<span class="status status-{}">{}</span>', alert.level, alert.get_level_display()
        )

    @admin.display(description="times", ordering="count")
    def times(self, alert: Alert) -> int:
        return alert.count

    @admin.display(description="acknowledged", ordering="acknowledged_at")
    def acknowledged(self, alert: Alert) -> str:
        if alert.cleared_at is not None:
            return f"over by itself, {alert.cleared_at:%Y-%m-%d %H:%M} UTC"
        if alert.acknowledged_by is None:
            return "nobody yet"
        return f"{alert.acknowledged_by.username}, {alert.acknowledged_at:%Y-%m-%d %H:%M} UTC"

    def get_urls(self) -> list[URLPattern]:
        acknowledge = self.admin_site.admin_view(self.acknowledge_view)
        address = path(
            "<uuid:alert_id>/acknowledge/", acknowledge, name="execution_alert_acknowledge"
        )
        return [address, *super().get_urls()]

    def acknowledge_view(self, request: HttpRequest, alert_id: uuid.UUID) -> HttpResponse:
        """Take an alert in hand, and go back to the overview."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            alert = alerts.acknowledge(alert_id, acting_user=signed_in_user(request), now=utc_now())
        except SignalHubError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            self.message_user(request, f"{alert} is acknowledged.", messages.SUCCESS)
        return redirect("admin:index")
