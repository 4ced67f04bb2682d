"""Tiers: numbers that operators see, and those who operate the platform change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms import CharField, ModelForm, Textarea
from django.http import HttpRequest

from accounts.models import Role, Tier, User
from accounts.models.tiers import COUNTS
from accounts.platform import operates_platform
from accounts.principals import has_role
from accounts.services import tiers
from common.admin_lookups import OfferedLookupsAdmin
from common.clock import utc_now


class TierForm(ModelForm[Tier]):
    """A tier, its features one to a line."""

    features = CharField(
        required=False,
        widget=Textarea(attrs={"rows": 4}),
        help_text="One name a line. A script that asks for features is for tiers that have them "
        "all; a change counts at once, for open streams too.",
    )

    class Meta:
        model = Tier
        fields = ("name", "features", *COUNTS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["features"] = "\n".join(self.instance.features)

    def clean_features(self) -> list[str]:
        """Return the names, without empty lines."""
        names: list[str] = self.cleaned_data["features"].split()
        return names


@admin.register(Tier)
class TierAdmin(OfferedLookupsAdmin[Tier]):
    form = TierForm
    list_display = (
        "name",
        "run_memory_mb",
        "run_cpu_seconds",
        "run_wall_seconds",
        "run_log_lines",
        "requests_per_minute",
        "connections",
        "users",
    )
    fieldsets = (
        (None, {"fields": ("name", "features")}),
        (
            "One run of a script",
            {"fields": ("run_memory_mb", "run_cpu_seconds", "run_wall_seconds", "run_log_lines")},
        ),
        (
            "Requests and runs",
            {
                "fields": (
                    "requests_per_minute",
                    "executions_per_minute",
                    "executions_waiting",
                    "reads_per_minute",
                    "standing_subscriptions",
                )
            },
        ),
        (
            "WebSockets",
            {
                "fields": (
                    "connections",
                    "subscriptions_per_connection",
                    "subscribes_per_10_seconds",
                    "messages_per_minute",
                    "burst_per_5_seconds",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tier]:
        return super().get_queryset(request).annotate(people=Count("users"))

    @admin.display(description="users", ordering="people")
    def users(self, tier: Any) -> int:
        people: int = tier.people
        return people

    def get_readonly_fields(self, request: HttpRequest, obj: Tier | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()

    def save_model(
        self, request: HttpRequest, obj: Tier, form: ModelForm[Tier], change: bool
    ) -> None:
        assert isinstance(request.user, User)
        tiers.save_tier(obj, acting_user=request.user, now=utc_now())

    def has_module_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return (user.is_active and user.is_superuser) or has_role(user, Role.OPERATOR)

    def has_view_permission(self, request: HttpRequest, obj: Tier | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and operates_platform(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Tier | None = None) -> bool:
        return self.has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Tier | None = None) -> bool:
        return False  # users stand on it
