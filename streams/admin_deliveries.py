"""Destinations and deliveries, for operators: what fails, which hosts, and putting a stop to it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from accounts.models import Role
from accounts.principals import principal_of
from common.clock import utc_now
from registry.admin.scoped import ScopedAdmin, signed_in_user
from streams.deliveries.health import disable_destination
from streams.deliveries.services.destinations import enable_destination
from streams.models import Delivery, Destination

HOSTS_OFFERED = 50


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
    def disable(self, request: HttpRequest, chosen: QuerySet[Destination]) -> None:
        """Stop sending to them."""
        user, count = signed_in_user(request), 0
        for destination in chosen.filter(disabled_at=None).select_related("owner"):
            disable_destination(
                destination, reason="By an operator.", acting_user=user, now=utc_now()
            )
            count += 1
        self.message_user(request, f"Disabled: {count}.", messages.SUCCESS)

    @admin.action(description="Enable: send what has waited", permissions=("view",))
    def enable(self, request: HttpRequest, chosen: QuerySet[Destination]) -> None:
        """Send to them again."""
        user, count = signed_in_user(request), 0
        for destination in chosen.filter(disabled_at__isnull=False).select_related("owner"):
            enable_destination(destination, acting_user=user, now=utc_now())
            count += 1
        self.message_user(request, f"Enabled: {count}.", messages.SUCCESS)


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
