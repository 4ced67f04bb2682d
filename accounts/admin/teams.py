"""Teams in the admin: operators make them and say who is in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from accounts.models import Role, Team, Tenant, User
from accounts.principals import has_role, principal_of
from accounts.services import teams
from common.admin_lookups import OfferedLookupsAdmin
from common.clock import utc_now
from common.errors import SignalHubError


class TeamForm(forms.ModelForm[Team]):
    """A team's name and its members; the services write both."""

    members = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Who leaves the team loses at once what it was entitled to.",
    )

    class Meta:
        model = Team
        fields = ("tenant", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["members"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        if self.instance._state.adding:
            del self.fields["members"]
            return
        people = User.objects.filter(is_active=True, memberships__tenant=self.instance.tenant_id)
        present = User.objects.filter(team_memberships__team=self.instance)
        field.queryset = (people | present).distinct().order_by("username")
        field.initial = present


@admin.register(Team)
class TeamAdmin(OfferedLookupsAdmin[Team]):
    form = TeamForm
    list_display = ("name", "tenant", "people", "created_at")
    list_select_related = ("tenant",)
    search_fields = ("name",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        rows = super().get_queryset(request).annotate(size=Count("memberships"))
        return rows.filter(tenant__in=_tenants(request))

    @admin.display(description="members", ordering="size")
    def people(self, team: Any) -> int:
        size: int = team.size
        return size

    def get_fields(self, request: HttpRequest, obj: Team | None = None) -> tuple[str, ...]:
        return ("tenant", "name", "members") if obj else ("tenant", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Team | None = None) -> tuple[str, ...]:
        return ("tenant",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "tenant":
            kwargs["queryset"] = _tenants(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Team, form: forms.ModelForm[Team], change: bool
    ) -> None:
        """Have the services write it; what they refuse is said, and nothing is changed."""
        acting, now = _user(request), utc_now()
        if not change:
            obj.pk = teams.create_team(obj.tenant, name=obj.name, acting_user=acting, now=now).pk
            return
        teams.rename_team(obj, name=obj.name, acting_user=acting, now=now)
        teams.set_team_members(obj, form.cleaned_data["members"], acting_user=acting, now=now)

    def save_related(self, *args: Any) -> None:
        """Write nothing: the members are written with the team."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            with transaction.atomic():
                return super().changeform_view(request, *args, **kwargs)
        except SignalHubError as error:
            self.message_user(request, error.message, messages.ERROR)
            request.method = "GET"
            return super().changeform_view(request, *args, **kwargs)

    def has_module_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return (user.is_active and user.is_superuser) or has_role(user, Role.OPERATOR)

    def has_view_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        return False  # what it was entitled to stays on the record; emptying it ends it


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _tenants(request: HttpRequest) -> QuerySet[Tenant]:
    user = _user(request)
    if user.is_superuser:
        return Tenant.objects.all()
    return Tenant.objects.filter(pk=principal_of(user).tenant_id)
