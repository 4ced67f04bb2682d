"""The list of versions as a queue: what waits for review comes riskiest first, with the reasons."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.clock import utc_now
from registry.lifecycle import VersionStatus
from registry.models import ScriptVersion
from registry.review_queue import ranked_queue, risks_of
from registry.risk import Risk

QUEUE = "queue"
REVIEW = "review"
_REASONS_SHOWN = 6


class QueueFilter(admin.SimpleListFilter):
    """What somebody has to do something about."""

    title = "queue"
    parameter_name = QUEUE

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (REVIEW, "waiting for review"),
            ("publication", "waiting for publication"),
            ("suspended", "suspended"),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ScriptVersion]
    ) -> QuerySet[ScriptVersion]:
        if self.value() == "suspended":
            return queryset.filter(pk__in=ScriptVersion.objects.suspended())
        waiting = {REVIEW: VersionStatus.SUBMITTED, "publication": VersionStatus.APPROVED}
        status = waiting.get(self.value() or "")
        return queryset.filter(status=status) if status else queryset


class ReviewQueue(ChangeList):
    """The list of versions; those that wait for review carry their risk."""

    @property
    def is_review_queue(self) -> bool:
        """Tell whether only what waits for review is listed."""
        return self.chosen_queue == REVIEW

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        versions = super().get_queryset(request, exclude_parameters)
        self.chosen_queue = request.GET.get(QUEUE, "")
        if not self.is_review_queue or request.GET.get(ORDER_VAR):
            return versions
        ranked = ranked_queue(versions, now=utc_now())
        if not ranked:
            return versions
        places = [When(pk=each.version.pk, then=Value(n)) for n, each in enumerate(ranked)]
        last = Value(len(ranked))
        place = Case(*places, default=last, output_field=IntegerField())
        return versions.order_by(place, "submitted_at", "pk")

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        waiting = [row for row in self.result_list if row.status == VersionStatus.SUBMITTED]
        risks: dict[uuid.UUID, Risk] = risks_of(waiting, now=utc_now()) if waiting else {}
        for row in self.result_list:
            row.risk_found = risks.get(row.pk)


def risk_in_words(risk: Risk | None) -> SafeString | str:
    """Return a risk as its score and, as chips, the reasons that weigh most."""
    if risk is None:
        return ""
    chips = format_html_join(
        "",
        '<span class="seen {}">{}</span>',
        ((reason.tone, reason.words) for reason in risk.reasons[:_REASONS_SHOWN]),
    )
    return format_html('<span class="risk"><b>{}</b>{}</span>', risk.score, chips)
