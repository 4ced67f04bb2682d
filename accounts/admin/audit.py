"""The audit trail, to read: an operator sees that of the own tenant and of the platform."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.admin.audit_csv import csv_lines
from accounts.audit import chains_readable_by, may_read
from accounts.models import AuditEvent, User
from common.admin_lookups import OfferedLookupsAdmin


class OwnValuesFilter(admin.SimpleListFilter):
    """Offers the values that the viewer's part of the trail has in a column."""

    column = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by(self.column)
        values = rows.values_list(self.column, flat=True).distinct()
        return [(value, self.words(value)) for value in values]

    def words(self, value: str) -> str:
        """Return how a value is shown."""
        return value

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class EventFilter(OwnValuesFilter):
    title = "event"
    parameter_name = column = "event"

    def words(self, value: str) -> str:
        return value.replace("_", " ")


class ObjectFilter(OwnValuesFilter):
    title = "object"
    parameter_name = column = "object_type"

    def words(self, value: str) -> str:
        return AuditEvent(object_type=value).object_in_words


class ActorFilter(OwnValuesFilter):
    title = "actor"
    parameter_name = column = "actor_name"


class ChainFilter(OwnValuesFilter):
    title = "chain"
    parameter_name = column = "chain"


@admin.register(AuditEvent)
class AuditEventAdmin(OfferedLookupsAdmin[AuditEvent]):
    change_list_template = "admin/accounts/auditevent/change_list.html"
    list_display = ("at", "event_shown", "actor_name", "object_shown", "object_id", "reason")
    list_filter = (EventFilter, ActorFilter, ObjectFilter, ChainFilter, "at")
    search_fields = ("=actor_name", "=object_id", "reason")
    search_help_text = "An actor's name, an object's id, or words of a reason."
    date_hierarchy = "at"
    linked_lookups = ("object_id",)
    show_full_result_count = False
    fields = (
        "at",
        "event_shown",
        "actor_name",
        "object_shown",
        "object_id",
        "difference",
        "reason",
        "chain",
        "position",
        "previous_hash",
        "event_hash",
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        """Add the file of the filtered list."""
        export = self.admin_site.admin_view(self.export)
        return [path("export.csv", export, name="accounts_auditevent_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Send what the list shows under the same filters as CSV, all pages of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except (IncorrectLookupParameters, DisallowedModelAdminLookup):
            return redirect("admin:accounts_auditevent_changelist")
        return StreamingHttpResponse(
            csv_lines(rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
        )

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

    @admin.display(description="what changed")
    def difference(self, row: AuditEvent) -> SafeString | str:
        names = sorted({*row.before, *row.after})
        if not names:
            return "-"
        lines = format_html_join(
            "",
            "<tr><th scope=row>{}</th><td>{}</td><td>{}</td></tr>",
            ((name, _cell(row.before, name), _cell(row.after, name)) for name in names),
        )
        return format_html(
            '<div class="difference"><table><thead><tr><th scope=col>What</th>'
            "<th scope=col>Before</th><th scope=col>After</th></tr></thead>"
            "<tbody>{}</tbody></table></div>",
            lines,
        )

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


def _cell(values: dict[str, Any], name: str) -> SafeString | str:
    if name not in values:
        return "-"
    value = values[name]
    if isinstance(value, str):
        return value
    return format_html("<code>{}</code>", json.dumps(value, indent=1, ensure_ascii=False))
