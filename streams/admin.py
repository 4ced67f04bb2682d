"""Streams and their outputs, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.timesince import timesince

from registry.admin.scoped import ScopedAdmin, readable_scripts
from streams.models import Output, Stream


@admin.register(Stream)
class StreamAdmin(ScopedAdmin):
    list_display = ("key", "script", "instrument_key", "timeframe", "seq", "last_output")
    list_filter = ("instrument_key", "timeframe", "script")
    list_select_related = ("script",)
    search_fields = ("key", "script__name")
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stream]:
        newest = Output.objects.filter(stream=OuterRef("pk"), seq=OuterRef("seq"))
        published_at = Subquery(newest.values("created_at")[:1])
        streams = Stream.objects.filter(script__in=readable_scripts(request))
        return streams.annotate(last_published_at=published_at)

    @admin.display(description="last output", ordering="last_published_at")
    def last_output(self, stream: Any) -> str:
        published_at = stream.last_published_at
        return f"{timesince(published_at)} ago" if published_at else "none yet"


@admin.register(Output)
class OutputAdmin(ScopedAdmin):
    list_display = ("stream", "seq", "timestamp", "value", "created_at")
    list_select_related = ("stream",)
    search_fields = ("=stream__key", "=execution_id")
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Output]:
        return Output.objects.filter(stream__script__in=readable_scripts(request))
