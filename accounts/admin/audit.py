"""The audit trail, to read: an operator sees that of the own tenant and of the platform."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.audit import chains_readable_by, may_read
from accounts.models import AuditEvent, User


class EventFilter(admin.SimpleListFilter):
    """Offers the events that the viewer's part of the trail has."""

    title = "event"
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by("event")
        events = rows.values_list("event", flat=True).distinct()
        return [(event, event.replace("_", " ")) for event in events]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(event=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin[AuditEvent]):
    list_display = ("at", "event_shown", "actor_name", "object_shown", "object_id", "reason")
    list_filter = (EventFilter, "actor_name", "at")
    search_fields = ("=actor_name", "=object_id", "reason")
    show_full_result_count = False
    fields = (
        "at",
        "event_shown",
        "actor_name",
        "object_shown",
        "object_id",
        "before_shown",
        "after_shown",
        "reason",
        "chain",
        "position",
        "previous_hash",
        "event_hash",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        rows = super().get_queryset(request)
        user = request.user
        assert isinstance(user, User)
        if user.is_superuser:
            return rows
        return rows.filter(chain__in=chains_readable_by(user))

    @admin.display(description="event", ordering="event")
    def event_shown(self, row: AuditEvent) -> str:
        return row.event_in_words

    @admin.display(description="object", ordering="object_type")
    def object_shown(self, row: AuditEvent) -> str:
        return row.object_in_words

    @admin.display(description="before")
    def before_shown(self, row: AuditEvent) -> SafeString | str:
        return _as_text(row.before)

    @admin.display(description="after")
    def after_shown(self, row: AuditEvent) -> SafeString | str:
        return _as_text(row.after)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_read(request.user)

    def has_view_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return may_read(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return False


def _as_text(values: dict[str, Any]) -> SafeString | str:
    if not values:
        return "-"
    return format_html("<pre>{}</pre>", json.dumps(values, indent=2, ensure_ascii=False))
