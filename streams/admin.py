"""Streams and their outputs, to look at."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from common.ids import uuid_at_the_end
from registry.admin.scoped import ScopedAdmin, readable_scripts
from streams.admin_deliveries import DeliveryAdmin, DestinationAdmin
from streams.admin_leaks import LeakSearchAdmin
from streams.models import Output, Stream

__all__ = [
    "DeliveryAdmin",
    "DestinationAdmin",
    "LeakSearchAdmin",
    "OutputAdmin",
    "StreamAdmin",
]
STREAMS_OFFERED = 100


class StreamFilter(admin.SimpleListFilter):
    """Offers the streams that the viewer may read."""

    title = "stream"
    parameter_name = "stream"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        streams = Stream.objects.filter(script__in=readable_scripts(request))
        named = streams.select_related("script").order_by("script__name", "instrument_key", "pk")
        return [(str(s.pk), f"{s.script} on {s.instrument_key}") for s in named[:STREAMS_OFFERED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        return queryset.filter(stream=int(chosen)) if chosen.isdecimal() else queryset


@admin.register(Stream)
class StreamAdmin(ScopedAdmin):
    list_display = ("script", "instrument_key", "timeframe", "seq", "last_output", "key")
    # "Related only": the plain filter would list the scripts of every tenant.
    list_filter = (
        "instrument_key",
        "timeframe",
        ("script", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("script",)
    search_fields = ("key", "script__name")
    list_per_page = 50
    fields = (
        "key",
        "script",
        "instrument_key",
        "timeframe",
        "params_shown",
        "seq",
        "last_output",
        "created_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stream]:
        newest = Output.objects.filter(stream=OuterRef("pk"), seq=OuterRef("seq"))
        published_at = Subquery(newest.values("created_at")[:1])
        streams = Stream.objects.filter(script__in=readable_scripts(request))
        return streams.annotate(last_published_at=published_at)

    @admin.display(description="last output", ordering="last_published_at")
    def last_output(self, stream: Any) -> str:
        published_at = stream.last_published_at
        return f"{timesince(published_at)} ago" if published_at else "none yet"

    @admin.display(description="parameters")
    def params_shown(self, stream: Stream) -> str:
        named = (f"{name} {value}" for name, value in sorted(stream.params.items()))
        return ", ".join(named) or "defaults"


@admin.register(Output)
class OutputAdmin(ScopedAdmin):
    list_display = ("created_at", "script", "instrument", "seq", "timestamp", "value_shown", "side")
    list_select_related = ("stream__script",)
    list_filter = (StreamFilter,)
    search_fields = ("=stream__key",)
    search_help_text = "The key of a stream, or the id of an execution."
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER  # each would count every output there is
    fields = (
        "stream",
        "seq",
        "value_shown",
        "timestamp",
        "metadata_shown",
        "execution_id",
        "bar_opened_at",
        "created_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Output]:
        return Output.objects.filter(stream__script__in=readable_scripts(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Output], search_term: str
    ) -> tuple[QuerySet[Output], bool]:
        """Find by an execution's id through its index, by anything else as usual."""
        execution_id = uuid_at_the_end(search_term)
        if execution_id is not None:
            return queryset.filter(execution_id=execution_id), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="script")
    def script(self, output: Output) -> str:
        return str(output.stream.script)

    @admin.display(description="instrument")
    def instrument(self, output: Output) -> str:
        return output.stream.instrument_key

    @admin.display(description="value")
    def value_shown(self, output: Output) -> str:
        return json.dumps(output.value, ensure_ascii=False)

    @admin.display(description="side")
    def side(self, output: Output) -> str:
        return str(output.metadata.get("side", "-"))

    @admin.display(description="metadata")
    def metadata_shown(self, output: Output) -> SafeString:
        text = json.dumps(output.metadata, indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)
