"""The signals that producers sent."""

from __future__ import annotations

import json

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.clock import utc_now
from common.errors import SignalHubError
from ingest.admin.operating import OperatorAdmin, Question, user_of
from ingest.models import Signal, SignalStatus
from ingest.services import signals

CLOSING = Question("Close these signals?", "A closed signal cannot be queued again.", "Yes, close")


@admin.register(Signal)
class SignalAdmin(OperatorAdmin):
    tenant_path = "producer__tenant"
    list_display = ("created_at", "instrument", "side", "time", "status", "producer", "version")
    # "Related only": the plain filter would list the producers of every tenant.
    list_filter = (
        "status",
        "side",
        ("producer", admin.RelatedOnlyFieldListFilter),
        "instrument",
    )
    list_select_related = ("producer",)
    search_fields = ("=id", "instrument")
    show_full_result_count = False
    fields = (
        "id",
        "instrument",
        "side",
        "time",
        "payload_shown",
        "version",
        "status",
        "producer",
        "created_at",
        "updated_at",
    )
    readonly_fields = fields
    actions = ("queue", "close")

    @admin.display(description="payload")
    def payload_shown(self, signal: Signal) -> SafeString | str:
        if signal.payload is None:
            return "none"
        text = json.dumps(signal.payload, indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)

    @admin.action(description="Queue new signals", permissions=["operate"])
    def queue(self, request: HttpRequest, rows: QuerySet[Signal]) -> None:
        """Move new signals to queued."""
        self._advance(request, rows, SignalStatus.QUEUED)

    @admin.action(description="Close queued signals", permissions=["operate"])
    def close(self, request: HttpRequest, rows: QuerySet[Signal]) -> HttpResponse | None:
        """Ask, then move queued signals to closed."""
        if "confirmed" not in request.POST:
            return self.ask(request, rows, CLOSING)
        self._advance(request, rows, SignalStatus.CLOSED)
        return None

    def _advance(self, request: HttpRequest, rows: QuerySet[Signal], to: SignalStatus) -> None:
        done = 0
        for signal in rows.select_related("producer"):
            try:
                signals.advance_signal(signal, to=to, acting_user=user_of(request), now=utc_now())
                done += 1
            except SignalHubError as error:
                self.message_user(request, f"{signal}: {error.message}", messages.ERROR)
        if done:
            self.message_user(request, f"{done} {to.label}.", messages.SUCCESS)
