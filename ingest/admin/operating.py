"""What the pages of operators share: the rows of their own tenant, and being asked first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import Role, User
from accounts.principals import NoTenant, has_role, principal_of
from common.admin_lookups import OfferedLookupsAdmin


@dataclass(frozen=True)
class Question:
    """What is asked before something that cannot be taken back."""

    title: str
    consequence: str
    answer: str


class OperatorAdmin(OfferedLookupsAdmin[Any]):
    """Rows of the operator's own tenant."""

    tenant_path = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        try:
            own = principal_of(user_of(request)).tenant_id
        except NoTenant:
            return rows.none()  # who may see everything may still belong nowhere
        return rows.filter(**{self.tenant_path: own})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, Role.OPERATOR)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def ask(self, request: HttpRequest, rows: QuerySet[Any], question: Question) -> HttpResponse:
        """Return the page that asks before an action."""
        context = {
            **self.admin_site.each_context(request),
            "title": question.title,
            "opts": self.opts,
            "question": question,
            "action": request.POST.get("action"),
            "chosen": rows,
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)


def user_of(request: HttpRequest) -> User:
    """Return the user of a request that the admin let in."""
    assert isinstance(request.user, User)  # the admin site lets nobody else in
    return request.user
