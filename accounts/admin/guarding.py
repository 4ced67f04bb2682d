"""Closed doors in the admin: operators see whom they concern, and open them early."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.models import LockOut, User
from accounts.services import lock_outs
from common.admin_lookups import OfferedLookupsAdmin
from common.clock import utc_now
from common.errors import SignalHubError


@admin.register(LockOut)
class LockOutAdmin(OfferedLookupsAdmin[LockOut]):
    list_display = ("door", "user", "address", "failures", "began_at", "locked_until")
    list_filter = ("door",)
    list_select_related = ("user",)
    actions = ("unlock",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return audit.may_read(request.user)

    def has_view_permission(self, request: HttpRequest, obj: LockOut | None = None) -> bool:
        return audit.may_read(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: LockOut | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LockOut | None = None) -> bool:
        return False

    @admin.action(description="Open these doors", permissions=("view",))
    def unlock(self, request: HttpRequest, chosen: QuerySet[LockOut]) -> None:
        """Open them before their time."""
        assert isinstance(request.user, User)
        opened = 0
        for row in chosen:
            try:
                lock_outs.unlock(row.pk, acting_user=request.user, now=utc_now())
                opened += 1
            except SignalHubError as error:
                self.message_user(request, f"{row}: {error.message}", messages.ERROR)
        if opened:
            self.message_user(request, f"Opened: {opened}.", messages.SUCCESS)
