"""The admin site: the order of its apps, and the overview on its first page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.models import User
from accounts.principals import roles_looked_up_once
from common.clock import utc_now
from execution.services import alerts
from signalhub import admin_overview

# Every app in the order in which work passes through them, by the name people know it under.
APP_NAMES = {
    "registry": "Scripts",
    "execution": "Executions",
    "streams": "Streams",
    "market": "Market",
    "gateway": "Data access",
    "ingest": "Ingest",
    "accounts": "People",
}
LAST = len(APP_NAMES)


class SignalHubAdminSite(admin.AdminSite):
    site_header = "SignalHub"
    site_title = "SignalHub"
    index_title = "Overview"
    site_url = "/"
    enable_nav_sidebar = True

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Tell every page whether its viewer may follow a link to the audit trail."""
        readable = audit.may_read(request.user)
        return {**super().each_context(request), "audit_trail_is_readable": readable}

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Let people in as Django does, by the two methods that its pages know."""
        known = require_http_methods(["GET", "HEAD", "POST"])(view)
        return super().admin_view(known, cacheable)

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the apps somebody may see, in the order of the work."""
        # Every kind of row asks for the viewer's roles, several times.
        with roles_looked_up_once():
            apps: list[dict[str, Any]] = list(super().get_app_list(request, app_label))
        order = {label: position for position, label in enumerate(APP_NAMES)}
        for app in apps:
            app["name"] = APP_NAMES.get(app["app_label"], app["name"])
        return sorted(apps, key=lambda app: order.get(app["app_label"], LAST))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the overview above the list of apps."""
        if not isinstance(request.user, User):
            raise PermissionDenied
        machines = admin_overview.machines()
        lists = self._changelists(request)
        run_totals = admin_overview.run_totals(request.user)
        cards = admin_overview.cards(
            request.user, machines, lists, run_totals=run_totals, now=utc_now()
        )
        return super().index(
            request,
            {
                "may_operate": admin_overview.is_operator(request.user),
                "alerts": alerts.unacknowledged(request.user),
                "machines": machines,
                "run_totals": run_totals,
                "cards": cards,
                "changes": admin_overview.changes_by(request.user),
                **(extra_context or {}),
            },
        )

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the one page on which people sign in, with its second step."""
        then = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        return redirect_to_login(then, reverse("login"))

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the page of the account, which ends what else is signed in."""
        return redirect("account-password")

    def _changelists(self, request: HttpRequest) -> dict[str, str]:
        return {
            f"{app['app_label']}.{model['object_name']}": model["admin_url"]
            for app in self.get_app_list(request)
            for model in app["models"]
            if model["admin_url"]
        }
