"""Entitlements in the admin: a list, a form to grant, and revoking with confirmation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.models import Role, Team, Tenant, User
from common.clock import utc_now
from common.errors import SignalHubError
from registry import access
from registry.admin import why
from registry.admin.scoped import ScopedAdmin, signed_in_user
from registry.models import Entitlement, Script
from registry.models.entitlements import REASON_MAX_LENGTH
from registry.services import entitlements, grantees
from registry.services.dependencies import dependencies_out_of_reach


class GrantForm(forms.Form):
    """Who gets the right to which script, and for how long."""

    script = forms.ModelChoiceField(queryset=Script.objects.none())
    user = forms.ModelChoiceField(queryset=User.objects.none(), required=False)
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, help_text="All its members, now and later."
    )
    organisation = forms.CharField(
        required=False,
        max_length=60,
        help_text="The short name (slug) of a tenant: all its members. Only operators entitle "
        "another organisation than their own.",
    )
    starts_at = forms.DateTimeField(
        required=False,
        label="Starts at (UTC)",
        help_text="Empty: at once.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    ends_at = forms.DateTimeField(
        required=False,
        label="Ends at (UTC)",
        help_text="Empty: until revoked.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(
        required=False, max_length=REASON_MAX_LENGTH, help_text="Kept with the audit trail."
    )

    def __init__(self, *args: Any, scripts: QuerySet[Script], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tenants = Tenant.objects.filter(pk__in=scripts.values("tenant"))
        users = User.objects.filter(is_active=True, memberships__tenant__in=tenants).distinct()
        choices: dict[str, QuerySet[Any]] = {
            "script": scripts.order_by("name"),
            "user": users.order_by("username"),
            "team": Team.objects.filter(tenant__in=tenants).select_related("tenant"),
        }
        for name, queryset in choices.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse none or several grantees."""
        given: dict[str, Any] = super().clean() or {}
        named = [given.get(kind) or None for kind in ("user", "team", "organisation")]
        if not self.errors and named.count(None) != 2:
            self.add_error("user", "Choose exactly one: a user, a team or an organisation.")
        return given


@admin.register(Entitlement)
class EntitlementAdmin(ScopedAdmin):
    roles = (Role.AUTHOR, Role.OPERATOR)
    list_display = ("entitled", "script", "state", "starts_at", "ends_at", "granted_by", "reason")
    list_select_related = ("user", "team", "organisation", "script", "granted_by")
    search_fields = ("user__username", "team__name", "organisation__name", "script__name", "reason")
    list_per_page = 50
    actions = ("revoke",)
    fields = (
        "entitled",
        "script",
        "state",
        "starts_at",
        "ends_at",
        "granter",
        "reason",
        "revoked_at",
        "revoker",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entitlement]:
        return super().get_queryset(request).filter(script__in=_grantable(request))

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.has_module_permission(request)

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own, of which one takes every address.
        view = self.admin_site.admin_view(self.why_view)
        return [path("why/", view, name="registry_entitlement_why"), *super().get_urls()]

    def why_view(self, request: HttpRequest) -> HttpResponse:
        """Say why somebody can or cannot run a script, and what would change that."""
        if not self.has_module_permission(request):
            raise PermissionDenied
        scripts = _grantable(request)
        form = why.WhyForm(request.GET or None, scripts=scripts)
        context = {
            "title": "Why can or cannot somebody run a script?",
            "answer": why.answer(request, form),
            "form": form,
            "people": why.people_of(scripts),
        }
        return self._page(request, "admin/registry/entitlement/why.html", context)

    @admin.display(description="entitled")
    def entitled(self, entitlement: Entitlement) -> str:
        return in_words(entitlement)

    @admin.display(description="granted by")
    def granter(self, entitlement: Entitlement) -> str:
        return entitlement.granted_by.username

    @admin.display(description="revoked by")
    def revoker(self, entitlement: Entitlement) -> str:
        return entitlement.revoked_by.username if entitlement.revoked_by else "-"

    @admin.display(description="state")
    def state(self, entitlement: Entitlement) -> str:
        now = utc_now()
        if entitlement.revoked_at:
            return "revoked"
        if entitlement.ends_at and entitlement.ends_at <= now:
            return "ended"
        return "in force" if entitlement.starts_at <= now else "not yet"

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Grant by the service; what it refuses is shown beside the field."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = GrantForm(request.POST or None, scripts=_grantable(request))
        if request.method == "POST" and form.is_valid() and self._grant(request, form):
            return redirect("admin:registry_entitlement_changelist")
        context = {"title": "Entitle somebody to a script", "form": form}
        return self._page(request, "admin/registry/entitlement/grant.html", context)

    @admin.action(description="Revoke", permissions=["add"])
    def revoke(self, request: HttpRequest, rows: QuerySet[Entitlement]) -> HttpResponse | None:
        """Ask for confirmation, then end the chosen rights at once."""
        chosen = list(
            rows.select_related("script__tenant", "user", "team", "organisation").filter(
                revoked_at=None
            )
        )
        if not chosen:
            self.message_user(request, "These are revoked already.", messages.WARNING)
            return None
        if "confirmed" not in request.POST:
            context = {"title": "Revoke entitlements", "chosen": chosen}
            return self._page(request, "admin/registry/entitlement/revoke.html", context)
        for entitlement in chosen:
            self._revoke(request, entitlement)
        return None

    def _grant(self, request: HttpRequest, form: GrantForm) -> bool:
        given = dict(form.cleaned_data)
        script = given.pop("script")
        user, team, slug = given.pop("user"), given.pop("team"), given.pop("organisation")
        acting = signed_in_user(request)
        try:
            grantee = user or team
            grantee = grantee or grantees.find_grantee(
                script, organisation=slug, acting_user=acting
            )
            entitlements.grant(script, grantee, **given, acting_user=acting, now=utc_now())
        except SignalHubError as error:
            field = error.details.get("field")
            form.add_error(field if field in form.fields else None, error.message)
            return False
        self.message_user(request, f"Granted: {grantee} may use {script}.", messages.SUCCESS)
        if isinstance(grantee, User):
            self._tell_what_is_missing(request, script, grantee)
        return True

    def _tell_what_is_missing(self, request: HttpRequest, script: Script, user: User) -> None:
        missing = dependencies_out_of_reach(script, user, at=utc_now())
        if missing:
            names = ", ".join(other.name for other in missing)
            self.message_user(
                request,
                f"{script} depends on {names}: {user} needs an entitlement to that too.",
                messages.WARNING,
            )

    def _revoke(self, request: HttpRequest, entitlement: Entitlement) -> None:
        try:
            entitlements.revoke(
                entitlement.script,
                entitlement.grantee,
                reason=request.POST.get("reason", ""),
                acting_user=signed_in_user(request),
                now=utc_now(),
            )
        except SignalHubError as error:
            self.message_user(
                request, f"Not revoked: {entitlement}. {error.message}", messages.ERROR
            )
        else:
            self.message_user(request, f"Revoked: {entitlement}.", messages.SUCCESS)

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**shared, **context})


def in_words(entitlement: Entitlement) -> str:
    """Return who is entitled, with what they are when it is not one person."""
    if entitlement.user:
        return entitlement.user.username
    kind = "team" if entitlement.team else "organisation"
    return f"{kind} {entitlement.grantee}"


def _grantable(request: HttpRequest) -> QuerySet[Script]:
    user = signed_in_user(request)
    scripts = Script.objects.all() if user.is_superuser else access.scripts_grantable_by(user)
    return scripts.select_related("tenant", "owner", "current_version")
