"""Producers with their secrets, and the signals they sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Role, User
from accounts.principals import has_role, principal_of
from common.clock import utc_now
from common.errors import SignalHubError
from common.json_field import JSONObjectField
from ingest.models import Producer, Signal, SignalStatus
from ingest.payload_schemas import InvalidPayloadSchema, require_payload_schema
from ingest.producer_secrets import current_secret
from ingest.services import producers, signals


@dataclass(frozen=True)
class Question:
    """What is asked before something that cannot be taken back."""

    title: str
    consequence: str
    answer: str


ROTATION = Question(
    "Rotate the secret?",
    "A new secret is made and shown once. The one before stays valid until it is retired; "
    "a secret that was rotated out earlier ends now.",
    "Yes, rotate",
)
RETIREMENT = Question(
    "Retire the previous secret?",
    "Whatever is still signed with it is refused from now on.",
    "Yes, retire",
)
CLOSING = Question("Close these signals?", "A closed signal cannot be queued again.", "Yes, close")


class OperatorAdmin(admin.ModelAdmin[Any]):
    """Rows of the operator's own tenant."""

    tenant_path = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        own = principal_of(_user_of(request)).tenant_id
        return super().get_queryset(request).filter(**{self.tenant_path: own})

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

    def _ask(self, request: HttpRequest, rows: QuerySet[Any], question: Question) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": question.title,
            "opts": self.opts,
            "question": question,
            "action": request.POST.get("action"),
            "chosen": rows,
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)


class ProducerForm(forms.ModelForm[Producer]):
    payload_schema = JSONObjectField(
        required=False, help_text=Producer._meta.get_field("payload_schema").help_text
    )

    class Meta:
        model = Producer
        fields = ("producer_id", "enabled", "strict_clock", "payload_schema")

    def clean_payload_schema(self) -> Any:
        schema = self.cleaned_data["payload_schema"]
        if schema is not None:
            try:
                require_payload_schema(schema)
            except InvalidPayloadSchema as error:
                raise forms.ValidationError(error.message) from None
        return schema


@admin.register(Producer)
class ProducerAdmin(OperatorAdmin):
    tenant_path = "tenant"
    form = ProducerForm
    list_display = ("producer_id", "enabled", "last_seen_at", "two_secrets", "strict_clock")
    list_filter = ("enabled", "strict_clock")
    search_fields = ("producer_id",)
    readonly_fields = ("created_at", "last_seen_at", "two_secrets")
    actions = ("rotate", "retire_previous")

    @admin.display(description="previous secret still valid", boolean=True)
    def two_secrets(self, producer: Producer) -> bool:
        return bool(producer.previous_secret_seed)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_fields(self, request: HttpRequest, obj: Producer | None = None) -> tuple[str, ...]:
        chosen = ("strict_clock", "payload_schema")
        if obj is None:
            return ("producer_id", *chosen)
        return ("producer_id", "enabled", *chosen, *self.readonly_fields)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Producer | None = None
    ) -> tuple[str, ...]:
        return self.readonly_fields if obj is None else ("producer_id", *self.readonly_fields)

    def save_model(
        self, request: HttpRequest, obj: Producer, form: forms.ModelForm[Producer], change: bool
    ) -> None:
        acting_user, now = _user_of(request), utc_now()
        if change:
            producers.configure_producer(
                obj,
                enabled=obj.enabled,
                strict_clock=obj.strict_clock,
                payload_schema=obj.payload_schema,
                acting_user=acting_user,
                now=now,
            )
        else:
            created, _ = producers.create_producer(
                obj.producer_id,
                strict_clock=obj.strict_clock,
                payload_schema=obj.payload_schema,
                acting_user=acting_user,
                now=now,
            )
            obj.pk = created.pk

    def response_add(
        self, request: HttpRequest, obj: Producer, post_url_continue: str | None = None
    ) -> HttpResponse:
        created = Producer.objects.get(pk=obj.pk)
        return self._show_secrets(request, {created.producer_id: current_secret(created)})

    @admin.action(description="Rotate the secret", permissions=["operate"])
    def rotate(self, request: HttpRequest, rows: QuerySet[Producer]) -> HttpResponse:
        """Ask, then give each producer a new secret and show it, this once."""
        if "confirmed" not in request.POST:
            return self._ask(request, rows, ROTATION)
        made = {
            producer.producer_id: producers.rotate_secret(
                producer, acting_user=_user_of(request), now=utc_now()
            )
            for producer in rows
        }
        return self._show_secrets(request, made)

    @admin.action(description="Retire the previous secret", permissions=["operate"])
    def retire_previous(
        self, request: HttpRequest, rows: QuerySet[Producer]
    ) -> HttpResponse | None:
        """Ask, then end the time in which two secrets are valid."""
        if "confirmed" not in request.POST:
            return self._ask(request, rows, RETIREMENT)
        for producer in rows:
            try:
                producers.retire_previous_secret(
                    producer, acting_user=_user_of(request), now=utc_now()
                )
            except SignalHubError as error:
                self.message_user(request, f"{producer}: {error.message}", messages.ERROR)
            else:
                self.message_user(request, f"{producer}: retired.", messages.SUCCESS)
        return None

    def _show_secrets(self, request: HttpRequest, made: dict[str, str]) -> HttpResponse:
        # A page and not a message: messages travel in a cookie.
        context = {
            **self.admin_site.each_context(request),
            "title": "New secret",
            "opts": self.opts,
            "secrets": made,
        }
        response = TemplateResponse(request, "admin/ingest/producer/new_secret.html", context)
        add_never_cache_headers(response)
        return response


@admin.register(Signal)
class SignalAdmin(OperatorAdmin):
    tenant_path = "producer__tenant"
    list_display = ("created_at", "instrument", "side", "time", "status", "producer", "version")
    # "Related only": the plain filter would list the producers of every tenant.
    list_filter = (
        "status",
        "side",
        ("producer", admin.RelatedOnlyFieldListFilter),
        "instrument",
    )
    list_select_related = ("producer",)
    search_fields = ("=id", "instrument")
    show_full_result_count = False
    fields = (
        "id",
        "instrument",
        "side",
        "time",
        "payload_shown",
        "version",
        "status",
        "producer",
        "created_at",
        "updated_at",
    )
    readonly_fields = fields
    actions = ("queue", "close")

    @admin.display(description="payload")
    def payload_shown(self, signal: Signal) -> SafeString | str:
        if signal.payload is None:
            return "none"
        text = json.dumps(signal.payload, indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)

    @admin.action(description="Queue new signals", permissions=["operate"])
    def queue(self, request: HttpRequest, rows: QuerySet[Signal]) -> None:
        """Move new signals to queued."""
        self._advance(request, rows, SignalStatus.QUEUED)

    @admin.action(description="Close queued signals", permissions=["operate"])
    def close(self, request: HttpRequest, rows: QuerySet[Signal]) -> HttpResponse | None:
        """Ask, then move queued signals to closed."""
        if "confirmed" not in request.POST:
            return self._ask(request, rows, CLOSING)
        self._advance(request, rows, SignalStatus.CLOSED)
        return None

    def _advance(self, request: HttpRequest, rows: QuerySet[Signal], to: SignalStatus) -> None:
        done = 0
        for signal in rows.select_related("producer"):
            try:
                signals.advance_signal(signal, to=to, acting_user=_user_of(request), now=utc_now())
                done += 1
            except SignalHubError as error:
                self.message_user(request, f"{signal}: {error.message}", messages.ERROR)
        if done:
            self.message_user(request, f"{done} {to.label}.", messages.SUCCESS)


def _user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin site lets nobody else in
    return request.user
