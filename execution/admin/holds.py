"""The kill switch in the admin: what is held, what a hold would reach, and lifting it."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from accounts.models import Role
from common.clock import utc_now
from common.errors import SignalHubError
from execution.models import Hold, HoldKind
from execution.models.holds import REASON_MAX_LENGTH
from execution.services import holds
from registry.admin.scoped import ScopedAdmin, signed_in_user


class HoldForm(forms.Form):
    """What is to be held, and why."""

    kind = forms.ChoiceField(label="What", choices=HoldKind.choices, initial=HoldKind.SCRIPT)
    target = forms.CharField(
        label="Which",
        max_length=120,
        required=False,
        help_text="The slug of a house, the user name of an author, the id of a script, or the key "
        "of an instrument. For everything leave it empty.",
    )
    reason = forms.CharField(
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It is kept on record, and shown to operators only.",
    )


class ActiveFilter(admin.SimpleListFilter):
    """What holds now."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("active", "active"), ("lifted", "lifted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Hold]) -> QuerySet[Hold]:
        if self.value() not in ("active", "lifted"):
            return queryset
        return queryset.filter(lifted_at__isnull=self.value() == "active")


@admin.register(Hold)
class HoldAdmin(ScopedAdmin):
    roles = (Role.OPERATOR,)
    list_display = ("about", "within", "reason", "placed", "state", "lift_link")
    list_filter = (ActiveFilter, "kind")
    search_fields = ("target", "target_name", "reason")
    list_per_page = 50
    fields = ("about", "within", "reason", "placed", "lifted")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hold]:
        return holds.open_holds(signed_in_user(request))

    @admin.display(description="what")
    def about(self, hold: Hold) -> str:
        return str(hold)

    @admin.display(description="in")
    def within(self, hold: Hold) -> str:
        return str(hold.tenant) if hold.tenant else "every house"

    @admin.display(description="placed", ordering="placed_at")
    def placed(self, hold: Hold) -> str:
        return f"{hold.placed_at:%Y-%m-%d %H:%M} UTC by {hold.placed_by.username}"

    @admin.display(description="lifted", ordering="lifted_at")
    def lifted(self, hold: Hold) -> str:
        if hold.lifted_at is None or hold.lifted_by is None:
            return "not yet"
        return f"{hold.lifted_at:%Y-%m-%d %H:%M} UTC by {hold.lifted_by.username}"

    @admin.display(description="state", ordering="lifted_at")
    def state(self, hold: Hold) -> SafeString:
        kind, word = ("failed", "on hold") if hold.lifted_at is None else ("completed", "lifted")
        return format_html('<span class="status status-{}">{}</span>', kind, word)

    @admin.display(description="")
    def lift_link(self, hold: Hold) -> SafeString | str:
        if hold.lifted_at is not None:
            return self.lifted(hold)
        page = reverse("admin:execution_hold_lift", args=[hold.pk])
        return format_html('<a href="{}">Lift…</a>', page)

    def get_urls(self) -> list[URLPattern]:
        lift = self.admin_site.admin_view(self.lift_view)
        address = path("<uuid:hold_id>/lift/", lift, name="execution_hold_lift")
        return [address, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.has_module_permission(request)

    @method_decorator(require_http_methods(["GET", "POST"]))
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask what is to be held, show what that reaches, and place the hold once confirmed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = HoldForm(request.POST or None)
        reach = None
        if request.method == "POST" and form.is_valid():
            try:
                if "confirmed" in request.POST:
                    return self._place(request, form)
                reach = holds.reach_for(
                    form.cleaned_data["kind"],
                    form.cleaned_data["target"],
                    acting_user=signed_in_user(request),
                )
            except SignalHubError as error:
                field = error.details.get("field")
                form.add_error(field if field in form.fields else None, error.message)
        context = {"title": "Put on hold", "form": form, "reach": reach}
        return self._page(request, "admin/execution/hold/place.html", context)

    def _place(self, request: HttpRequest, form: HoldForm) -> HttpResponse:
        hold, reach = holds.place_hold(
            form.cleaned_data["kind"],
            form.cleaned_data["target"],
            reason=form.cleaned_data["reason"],
            acting_user=signed_in_user(request),
            now=utc_now(),
        )
        self.message_user(
            request,
            f"On hold: {hold}. Runs ended: {reach.running} running, {reach.waiting} waiting.",
            messages.SUCCESS,
        )
        return redirect("admin:execution_hold_changelist")

    @method_decorator(require_http_methods(["GET", "POST"]))
    def lift_view(self, request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
        """Ask before a hold is lifted, and lift it."""
        if not self.has_view_permission(request):
            raise Http404
        hold = self.get_queryset(request).filter(pk=hold_id).first()
        if hold is None:
            raise Http404
        if request.method != "POST":
            context = {
                "title": f"Lift the hold on {hold}",
                "hold": hold,
                "reason_max_length": REASON_MAX_LENGTH,
            }
            return self._page(request, "admin/execution/hold/lift.html", context)
        try:
            holds.lift_hold(
                hold_id,
                reason=request.POST.get("reason", ""),
                acting_user=signed_in_user(request),
                now=utc_now(),
            )
        except SignalHubError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            self.message_user(request, f"{hold} runs again.", messages.SUCCESS)
        return redirect("admin:execution_hold_changelist")

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**shared, **context})
