"""Producers, with their secrets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from common.clock import utc_now
from common.errors import SignalHubError
from common.json_field import JSONObjectField
from ingest.admin.operating import OperatorAdmin, Question, user_of
from ingest.models import Producer
from ingest.payload_schemas import InvalidPayloadSchema, require_payload_schema
from ingest.producer_secrets import current_secret
from ingest.services import producers

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
        return bool(producer.previous_secret_encrypted)

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
        acting_user, now = user_of(request), utc_now()
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
            return self.ask(request, rows, ROTATION)
        made = {
            producer.producer_id: producers.rotate_secret(
                producer, acting_user=user_of(request), now=utc_now()
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
