"""What the lists of prices share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Role
from accounts.principals import has_role
from common.admin_lookups import OfferedLookupsAdmin
from market.models import Instrument


class MarketAdmin(OfferedLookupsAdmin[Any]):
    """Rows that commands and services write. Prices belong to no tenant: all staff see them."""

    roles: tuple[Role, ...] = (Role.AUTHOR, Role.REVIEWER, Role.OPERATOR)

    def has_module_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return (user.is_active and user.is_superuser) or has_role(user, *self.roles)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class InstrumentFilter(admin.SimpleListFilter):
    """Offers the instruments there are without reading through the bars for them."""

    title = "instrument"
    parameter_name = "instrument"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(key, key) for key in Instrument.objects.values_list("pk", flat=True)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(instrument_key=self.value()) if self.value() else queryset
