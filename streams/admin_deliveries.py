"""Destinations and deliveries, for operators: what fails, which hosts, and putting a stop to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import Role, User
from accounts.principals import principal_of
from common.clock import utc_now
from common.errors import SignalHubError
from registry.admin.scoped import ScopedAdmin, signed_in_user
from streams.deliveries.health import disable_destination
from streams.deliveries.services.destinations import enable_destination
from streams.models import Delivery, Destination

HOSTS_OFFERED = 50
CHOSEN_MAX = 100  # at once: each is named on the page that asks
REASON_MAX_LENGTH = 280  # beside the words that say that it was an operator


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked before something is done to destinations, and what is said afterwards."""

    title: str
    consequence: str
    why: str
    answer: str
    done: str


@dataclass(frozen=True)
class Chosen:
    """A destination as the page that asks names it."""

    pk: str
    words: str

    def __str__(self) -> str:
        return self.words


DISABLE = Question(
    title="Disable destinations",
    consequence="Nothing more is sent to these, and their owners cannot enable them. What is put "
    "out meanwhile waits:",
    why="Why? Each owner is told by mail, and the audit trail keeps it.",
    answer="Yes, disable",
    done="Disabled",
)
ENABLE = Question(
    title="Enable destinations",
    consequence="What has waited for these is sent now:",
    why="Why? The audit trail keeps it.",
    answer="Yes, enable",
    done="Enabled",
)


def overseen(request: HttpRequest) -> QuerySet[Destination]:
    """Return the destinations of an operator's house; a superuser's are everybody's."""
    user = signed_in_user(request)
    if user.is_superuser:
        return Destination.objects.all()
    members = Q(owner__memberships__tenant=principal_of(user).tenant_id)
    return Destination.objects.filter(members).distinct()


class FailingFilter(admin.SimpleListFilter):
    """How destinations do."""

    title = "health"
    parameter_name = "health"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failing", "failing"), ("disabled", "disabled"), ("waiting", "not verified")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {
            "failing": Q(failing_since__isnull=False, disabled_at=None),
            "disabled": Q(disabled_at__isnull=False),
            "waiting": Q(verified_at=None),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


class HostFilter(admin.SimpleListFilter):
    """The hosts to which something fails, with to how many destinations."""

    title = "failing host"
    parameter_name = "host"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        failing = overseen(request).filter(failing_since__isnull=False).order_by()
        hosts = failing.values("host").annotate(count=Count("pk", distinct=True)).order_by("-count")
        return [(row["host"], f"{row['host']} ({row['count']})") for row in hosts[:HOSTS_OFFERED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(host=self.value()) if self.value() else queryset


@admin.register(Destination)
class DestinationAdmin(ScopedAdmin):
    roles = (Role.OPERATOR,)
    list_display = ("name", "owner", "kind", "host", "is_open", "failing_since", "delivered_at")
    list_select_related = ("owner",)
    list_filter = (FailingFilter, "kind", HostFilter)
    search_fields = ("name", "host", "owner__username")
    list_per_page = 50
    actions = ("disable", "enable")
    fields = (
        "name",
        "owner",
        "kind",
        "host",
        "created_at",
        "verified_at",
        "disabled_at",
        "disabled_reason",
        "failing_since",
        "delivered_at",
        "digest_above",
        "digest_within_seconds",
        "digest_every_seconds",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Destination]:
        return overseen(request)

    @admin.display(description="sends", boolean=True)
    def is_open(self, destination: Destination) -> bool:
        return destination.is_open

    @admin.action(
        description="Disable: send nothing more, and tell the owner", permissions=("view",)
    )
    def disable(self, request: HttpRequest, chosen: QuerySet[Destination]) -> HttpResponse | None:
        """Stop sending to them, once it is confirmed and said why."""
        return self._decide(request, chosen.filter(disabled_at=None), DISABLE, _disable)

    @admin.action(description="Enable: send what has waited", permissions=("view",))
    def enable(self, request: HttpRequest, chosen: QuerySet[Destination]) -> HttpResponse | None:
        """Send to them again, once it is confirmed and said why."""
        return self._decide(request, chosen.filter(disabled_at__isnull=False), ENABLE, _enable)

    def _decide(
        self,
        request: HttpRequest,
        chosen: QuerySet[Destination],
        question: Question,
        decide: Callable[[Destination, User, str], object],
    ) -> HttpResponse | None:
        rows = list(chosen.select_related("owner")[: CHOSEN_MAX + 1])
        if not rows or len(rows) > CHOSEN_MAX:
            wrong = f"Choose at most {CHOSEN_MAX}." if rows else "None of these: nothing is done."
            self.message_user(request, wrong, messages.WARNING)
            return None
        reason = " ".join(request.POST.get("reason", "").split())
        if "confirmed" not in request.POST:
            return self._ask(request, rows, question)
        if not 0 < len(reason) <= REASON_MAX_LENGTH:
            problem = f"Say why, in 1 to {REASON_MAX_LENGTH} characters."
            return self._ask(request, rows, question, problem=problem, reason=reason)
        done = 0
        for destination in rows:
            try:
                decide(destination, signed_in_user(request), reason)
                done += 1
            except SignalHubError as error:
                self.message_user(
                    request, f"{_in_words(destination)}: {error.message}", messages.ERROR
                )
        self.message_user(request, f"{question.done}: {done}.", messages.SUCCESS)
        return None

    def _ask(
        self, request: HttpRequest, rows: list[Destination], question: Question, **given: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": question.title,
            "question": question,
            "action": request.POST.get("action"),
            "chosen": [Chosen(str(row.pk), _in_words(row)) for row in rows],
            "reason_max_length": REASON_MAX_LENGTH,
            **given,
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)


def _disable(destination: Destination, user: User, reason: str) -> None:
    said = f"By an operator: {reason}"
    disable_destination(destination, reason=said, acting_user=user, now=utc_now())


def _enable(destination: Destination, user: User, reason: str) -> None:
    enable_destination(destination, acting_user=user, now=utc_now(), reason=reason)


def _in_words(row: Destination) -> str:
    where = row.host or row.get_kind_display()
    return f"{row.name}, of {row.owner.username}, to {where}"


@admin.register(Delivery)
class DeliveryAdmin(ScopedAdmin):
    roles = (Role.OPERATOR,)
    list_display = (
        "created_at",
        "destination",
        "owner",
        "kind",
        "outputs",
        "state",
        "attempts",
        "response_status",
        "latency_ms",
        "error",
    )
    list_select_related = ("destination__owner",)
    list_filter = ("state", "kind")
    search_fields = ("=message_id", "=host", "=destination__owner__username")
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER  # each would count every delivery there is
    # What a receiver answered may be its owner's alone: it is on their page, not here.
    fields = (
        "message_id",
        "destination",
        "owner",
        "kind",
        "host",
        "outputs",
        "reason",
        "state",
        "attempts",
        "next_attempt_at",
        "attempted_at",
        "finished_at",
        "response_status",
        "latency_ms",
        "error",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return Delivery.objects.filter(destination__in=overseen(request))

    @admin.display(description="owner")
    def owner(self, delivery: Delivery) -> str:
        return delivery.destination.owner.username
