"""Users, tenants, memberships and keys."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.admin.audited import AuditedAdmin
from accounts.models import ApiKey, Membership, Tenant, User
from accounts.services import second_factors, tiers
from accounts.services.passwords import audited_password
from common.clock import utc_now
from common.errors import SignalHubError


class MembershipInline(admin.TabularInline[Membership, User]):
    model = Membership
    extra = 0
    autocomplete_fields = ("tenant",)


@admin.register(User)
class UserAdmin(AuditedAdmin, DjangoUserAdmin[User]):
    list_display = (
        "username",
        "email",
        "tier",
        "is_staff",
        "is_active",
        "second_factor_since",
        "last_login",
    )
    list_filter = ("tier", "is_staff", "is_active")
    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), ("What they may take", {"fields": ("tier",)}))
    inlines = (MembershipInline,)
    actions = ("reset_second_factor",)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Save, and let the service change the tier, which keeps both on the record."""
        assert isinstance(request.user, User)
        assert isinstance(obj, User)
        wanted = obj.tier
        if change:
            obj.tier = User.objects.get(pk=obj.pk).tier
        super().save_model(request, obj, form, change)
        if wanted != obj.tier:
            tiers.change_tier(obj, wanted, acting_user=request.user, now=utc_now())
            form.stored_before["tier"] = str(wanted)  # is on the record already

    @admin.action(description="Take their second factor away", permissions=("change",))
    def reset_second_factor(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Let people whose telephone is lost enrol anew; it is on the record."""
        assert isinstance(request.user, User)
        for user in chosen:
            try:
                second_factors.remove_second_factor(
                    user, acting_user=request.user, now=utc_now(), reason="reset in the admin"
                )
            except SignalHubError as error:
                self.message_user(request, f"{user}: {error.message}", messages.ERROR)
            else:
                self.message_user(request, f"{user} signs in with the password alone now.")

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Set somebody's password, and record that it was set."""
        assert isinstance(request.user, User)
        user = self.get_object(request, unquote(id))
        if user is None:
            return super().user_change_password(request, id, form_url)
        with audited_password(user, acting_user=request.user, now=utc_now()):
            return super().user_change_password(request, id, form_url)


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
    list_display = ("name", "user", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    fields = (
        ("name", "user"),
        "scopes",
        ("created_at", "last_used_at"),
        "expires_at",
        "digest",
        "revoked_at",
    )
    readonly_fields = (
        "name",
        "user",
        "scopes",
        "created_at",
        "last_used_at",
        "expires_at",
        "digest",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a key's secret is shown once, by the command that issues it
