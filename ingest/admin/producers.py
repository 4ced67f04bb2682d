"""Producers: their secrets, why they are refused, and a test of the way in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.clock import utc_now
from common.errors import SignalHubError
from ingest.admin import doctor, producer_test
from ingest.admin.operating import OperatorAdmin, Question, user_of
from ingest.admin.producer_forms import ProducerForm, RotationForm
from ingest.api.rehearsal import rehearsal_body
from ingest.failure_reasons import in_words
from ingest.mapping_rules import InvalidMapping, read_mapping
from ingest.models import Dialect, Producer, ProducerFailure
from ingest.producer_secrets import current_secret
from ingest.services import producers
from ingest.services.failures import with_failures_today
from ingest.snippets import Snippet, signed_snippets, token_snippets, webhook_snippets

RETIREMENT = Question(
    "Retire the previous secret?",
    "Whatever is still signed with it is refused from now on.",
    "Yes, retire",
)
TEMPLATES = "admin/ingest/producer"


@admin.register(Producer)
class ProducerAdmin(OperatorAdmin):
    tenant_path = "tenant"
    form = ProducerForm
    list_display = ("producer_id", "state", "dialect", "last_seen_at", "refused_today", "secrets")
    list_filter = ("enabled", "dialect", "strict_clock")
    search_fields = ("producer_id",)
    readonly_fields = ("created_at", "last_seen_at", "secrets")
    actions = ("rotate", "retire_previous")
    change_form_template = f"{TEMPLATES}/change_form.html"
    change_list_template = f"{TEMPLATES}/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Producer]:
        return with_failures_today(super().get_queryset(request), now=utc_now())

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own, of which one takes every address.
        examine = self.admin_site.admin_view(self.doctor_view)
        test = self.admin_site.admin_view(self.test_view)
        own = [
            path("doctor/", examine, name="ingest_producer_doctor"),
            path("<int:object_id>/test/", test, name="ingest_producer_test"),
        ]
        return [*own, *super().get_urls()]

    @admin.display(description="state", ordering="enabled")
    def state(self, producer: Producer) -> SafeString:
        word, status = ("on", "published") if producer.enabled else ("off", "withdrawn")
        return format_html('<span class="status status-{}">{}</span>', status, word)

    @admin.display(description="secrets")
    def secrets(self, producer: Producer) -> str:
        previous = producer.previous_secret_encrypted
        return "two: the previous one is still valid" if previous else "one"

    @admin.display(description="refused today")
    def refused_today(self, producer: Any) -> str:
        if not producer.refused_count:
            return "none"
        return f"{producer.refused_count}, mostly: {in_words(producer.refused_mostly)}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_fields(self, request: HttpRequest, obj: Producer | None = None) -> tuple[str, ...]:
        other_dialect = ("mapping", "allowed_networks")
        if obj is None:
            proof = ("producer_id", "dialect", "secret", "strict_clock")
            return (*proof, *other_dialect, "payload_schema")
        chosen = () if obj.dialect == Dialect.SIGNED else other_dialect
        asked = ("producer_id", "dialect", "enabled", "strict_clock", *chosen, "payload_schema")
        return (*asked, *self.readonly_fields)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Producer | None = None
    ) -> tuple[str, ...]:
        fixed = () if obj is None else ("producer_id", "dialect")
        return (*fixed, *self.readonly_fields)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what the service refuses, when the form could not know it."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except SignalHubError as error:
            if request.method != "POST":
                raise
            self.message_user(request, error.message, messages.ERROR)
            return redirect(request.path)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Producer | None = None,
    ) -> HttpResponse:
        """Show beside the form why requests were refused, and what a sender copies."""
        if obj is not None:
            since = utc_now().date() - timedelta(days=settings.PRODUCER_FAILURE_DAYS_SHOWN)
            refused = ProducerFailure.objects.filter(producer=obj, day__gt=since)
            context["failures"] = [
                {"day": row.day, "reason": in_words(row.reason), "row": row} for row in refused
            ]
            context["failure_days"] = settings.PRODUCER_FAILURE_DAYS_SHOWN
            context["snippets"] = _snippets(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(
        self, request: HttpRequest, obj: Producer, form: forms.ModelForm[Producer], change: bool
    ) -> None:
        given: dict[str, Any] = {
            "strict_clock": obj.strict_clock,
            "payload_schema": obj.payload_schema,
            "mapping": obj.mapping,
            "allowed_networks": obj.allowed_networks,
            "acting_user": user_of(request),
            "now": utc_now(),
        }
        if change:
            producers.configure_producer(obj, enabled=obj.enabled, **given)
            return
        created, _ = producers.create_producer(
            obj.producer_id, dialect=obj.dialect, secret=form.cleaned_data["secret"], **given
        )
        obj.pk = created.pk

    def response_add(
        self, request: HttpRequest, obj: Producer, post_url_continue: str | None = None
    ) -> HttpResponse:
        created = Producer.objects.get(pk=obj.pk)
        return self._show_secrets(request, [(created, current_secret(created))])

    @admin.action(description="Rotate the secret", permissions=["operate"])
    def rotate(self, request: HttpRequest, rows: QuerySet[Producer]) -> HttpResponse:
        """Ask, then give each producer a new secret and show it, this once."""
        chosen = list(rows)
        form = RotationForm(request.POST if "confirmed" in request.POST else None)
        if "confirmed" in request.POST and form.is_valid():
            own = form.cleaned_data["secret"] if len(chosen) == 1 else ""
            try:
                return self._show_secrets(request, self._rotated(request, chosen, own))
            except SignalHubError as error:
                form.add_error("secret", error.message)
        context = {"title": "Rotate the secret?", "chosen": chosen, "form": form}
        return self._page(request, "rotate", context)

    @admin.action(description="Retire the previous secret", permissions=["operate"])
    def retire_previous(
        self, request: HttpRequest, rows: QuerySet[Producer]
    ) -> HttpResponse | None:
        """Ask, then end the time in which two secrets are valid."""
        if "confirmed" not in request.POST:
            return self.ask(request, rows, RETIREMENT)
        for producer in rows:
            try:
                producers.retire_previous_secret(
                    producer, acting_user=user_of(request), now=utc_now()
                )
            except SignalHubError as error:
                self.message_user(request, f"{producer}: {error.message}", messages.ERROR)
            else:
                self.message_user(request, f"{producer}: retired.", messages.SUCCESS)
        return None

    def test_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Send a test signal through the real door, and say what held."""
        self._require_operator(request)
        producer = self.get_object(request, str(object_id))
        if producer is None:
            raise Http404
        return self._page(request, "test", producer_test.context_of(request, producer))

    def doctor_view(self, request: HttpRequest) -> HttpResponse:
        """Say why a pasted request is refused."""
        self._require_operator(request)
        own = self.get_queryset(request)
        response = self._page(request, "doctor", doctor.context_of(request, own))
        add_never_cache_headers(response)
        return response

    def _require_operator(self, request: HttpRequest) -> None:
        if not self.has_operate_permission(request):
            raise PermissionDenied

    def _rotated(
        self, request: HttpRequest, rows: list[Producer], own: str
    ) -> list[tuple[Producer, str]]:
        acting_user, now = user_of(request), utc_now()
        return [
            (row, producers.rotate_secret(row, secret=own, acting_user=acting_user, now=now))
            for row in rows
        ]

    def _show_secrets(self, request: HttpRequest, made: list[tuple[Producer, str]]) -> HttpResponse:
        # A page and not a message: messages travel in a cookie.
        response = self._page(request, "new_secret", {"title": "New secret", "secrets": made})
        add_never_cache_headers(response)
        return response

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"{TEMPLATES}/{name}.html", {**shared, **context})


def _snippets(request: HttpRequest, producer: Producer) -> list[Snippet]:
    if producer.dialect == Dialect.SIGNED:
        address = request.build_absolute_uri(reverse("signals"))
        return signed_snippets(producer.producer_id, address)
    address = request.build_absolute_uri(reverse("signals-from", args=[producer.producer_id]))
    try:
        return _mapped_snippets(producer, address)
    except InvalidMapping:
        return []  # one that was saved under earlier rules: the form asks for another


def _mapped_snippets(producer: Producer, address: str) -> list[Snippet]:
    body = rehearsal_body(producer, now=utc_now())
    if producer.dialect == Dialect.STANDARD_WEBHOOKS:
        return webhook_snippets(body, address)
    return token_snippets(body, read_mapping(producer.mapping, with_token=True), address)
