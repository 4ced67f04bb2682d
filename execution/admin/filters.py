"""Filters of the executions that do not read through all of them to offer their choices."""

from __future__ import annotations

import uuid
from typing import Any, get_args

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from execution.admin.words import in_words
from execution.sandbox.results import Status
from execution.services.claims import NOT_ENTITLED
from execution.validation import OutputFromTheFuture, OutputRejected
from registry.admin.scoped import readable_scripts
from registry.queries import VersionSuspended

OUTCOMES = (
    *get_args(Status),
    OutputRejected.code,
    OutputFromTheFuture.code,
    NOT_ENTITLED,
    VersionSuspended.code,
)


class ScriptFilter(admin.SimpleListFilter):
    """Offers the published scripts that the viewer may read."""

    title = "script"
    parameter_name = "script"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        scripts = readable_scripts(request).exclude(current_version=None).order_by("name")
        return [(str(pk), name) for pk, name in scripts.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        try:
            script_id = uuid.UUID(self.value() or "")
        except ValueError:
            return queryset
        return queryset.filter(version__script=script_id)


class OutcomeFilter(admin.SimpleListFilter):
    """Offers the ways in which a run ends."""

    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("not-ok", "anything but ok"), *((name, in_words(name)) for name in OUTCOMES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "not-ok":
            return queryset.exclude(outcome__in=("", "ok"))
        return queryset.filter(outcome=self.value()) if self.value() else queryset
