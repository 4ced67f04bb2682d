"""Users, tenants, memberships and keys."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from accounts import audit
from accounts.models import ApiKey, Membership, Tenant, User
from accounts.services import tiers
from common.clock import utc_now


class AuditedAdmin(admin.ModelAdmin[Any]):
    """Writes each change that is made here into the audit trail of the house it concerns."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        _record("added", request, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        _record("changed", request, obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[LogEntry]:
        for obj in queryset:
            _record("deleted", request, obj, str(obj))
        return super().log_deletions(request, queryset)


@transaction.atomic
def _record(what: str, request: HttpRequest, obj: Model, change: Any) -> None:
    assert isinstance(request.user, User)
    audit.record(
        f"{obj._meta.model_name}_{what}",
        obj,
        chain=audit.chain_of(obj),
        acting_user=request.user,
        now=utc_now(),
        after={"named": str(obj), "change": change},
    )


class MembershipInline(admin.TabularInline[Membership, User]):
    model = Membership
    extra = 0
    autocomplete_fields = ("tenant",)


@admin.register(User)
class UserAdmin(AuditedAdmin, DjangoUserAdmin[User]):
    list_display = ("username", "email", "tier", "is_staff", "is_active", "last_login")
    list_filter = ("tier", "is_staff", "is_active")
    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), ("What they may take", {"fields": ("tier",)}))
    inlines = (MembershipInline,)

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool
    ) -> None:
        """Save, and let the service change the tier, which keeps both on the record."""
        assert isinstance(request.user, User)
        wanted = obj.tier
        if change:
            obj.tier = User.objects.get(pk=obj.pk).tier
        super().save_model(request, obj, form, change)
        if wanted != obj.tier:
            tiers.change_tier(obj, wanted, acting_user=request.user, now=utc_now())


@admin.register(Tenant)
class TenantAdmin(AuditedAdmin):
    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    list_display = ("user", "tenant", "role", "created_at")
    list_filter = ("tenant", "role")
    list_select_related = ("user", "tenant")
    autocomplete_fields = ("user", "tenant")


@admin.register(ApiKey)
class ApiKeyAdmin(AuditedAdmin):
    list_display = ("name", "user", "created_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    readonly_fields = ("name", "user", "created_at", "digest")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a key's secret is shown once, by the command that issues it
