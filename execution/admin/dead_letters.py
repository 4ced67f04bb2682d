"""Dead letters: what was given up, with the two things an operator can do about it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Protocol

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Role, User
from accounts.principals import has_role
from common.clock import utc_now
from common.errors import SignalHubError
from execution.models import DeadLetter, DeadLetterKind, Resolution
from execution.services import dead_letters
from execution.services.dead_letter_decisions import discard_dead_letter, retry_dead_letter
from registry.admin.scoped import ScopedAdmin, signed_in_user

PAYLOAD_SHOWN = 20_000  # characters; an entry of a feed may be a thousand rows


class _Decision(Protocol):
    def __call__(
        self, letter: DeadLetter, *, reason: str, acting_user: User, now: datetime
    ) -> DeadLetter: ...


class StateFilter(admin.SimpleListFilter):
    """What nobody has decided about, and what was decided."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("open", "open"), ("retried", "retried"), ("discarded", "discarded")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[DeadLetter]
    ) -> QuerySet[DeadLetter]:
        states = {"open": "", "retried": Resolution.RETRIED, "discarded": Resolution.DISCARDED}
        wanted = states.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(resolution=wanted)


@admin.register(DeadLetter)
class DeadLetterAdmin(ScopedAdmin):
    roles = (Role.OPERATOR,)
    list_display = ("created", "kind", "subject", "attempts", "reason_shown", "state")
    list_filter = (StateFilter, "kind")
    search_fields = ("event", "reason", "execution__version__script__name")
    list_per_page = 50
    actions = ("retry", "discard")
    fields = (
        "kind",
        "subject_linked",
        "reason",
        "attempts",
        "created_at",
        "payload_shown",
        "state",
        "resolved_why",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeadLetter]:
        letters = dead_letters.open_to(signed_in_user(request))
        about = {"market": KT("payload__instrument_key"), "length": KT("payload__timeframe")}
        return letters.defer("payload").annotate(**about)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, Role.OPERATOR)

    @admin.display(description="put aside", ordering="pk")
    def created(self, letter: DeadLetter) -> str:
        return f"{letter.created_at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="what")
    def subject(self, letter: DeadLetter) -> str:
        if letter.execution is not None:
            return str(letter.execution)
        if letter.kind == DeadLetterKind.ENTRY:
            return letter.event
        about = vars(letter)  # with what get_queryset adds
        return " ".join(filter(None, (about["market"], about["length"]))) or "-"

    @admin.display(description="what")
    def subject_linked(self, letter: DeadLetter) -> SafeString | str:
        if letter.execution is None:
            return letter.event
        page = reverse("admin:execution_execution_change", args=[letter.execution.pk])
        return format_html('<a href="{}">{}</a>', page, letter.execution)

    @admin.display(description="reason", ordering="reason")
    def reason_shown(self, letter: DeadLetter) -> str:
        return letter.reason if len(letter.reason) <= 120 else f"{letter.reason[:119]}…"

    @admin.display(description="payload")
    def payload_shown(self, letter: DeadLetter) -> SafeString | str:
        if not letter.payload:
            return "none"
        text = json.dumps(letter.payload, indent=2, sort_keys=True)
        if len(text) > PAYLOAD_SHOWN:
            text = f"{text[:PAYLOAD_SHOWN]}… ({len(text):,} characters)"
        return format_html("<pre>{}</pre>", text)

    @admin.display(description="state", ordering="resolution")
    def state(self, letter: DeadLetter) -> str:
        if letter.resolved_by is None:
            return "open"
        by, at = letter.resolved_by.username, letter.resolved_at
        return f"{letter.get_resolution_display()} by {by}, {at:%Y-%m-%d %H:%M} UTC"

    @admin.action(description="Retry", permissions=["decide"])
    def retry(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> HttpResponse | None:
        """Send events and entries, or queue executions, once more."""
        return self._decide(request, letters, "retry", retry_dead_letter)

    @admin.action(description="Discard", permissions=["decide"])
    def discard(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> HttpResponse | None:
        """Let them be as they are."""
        return self._decide(request, letters, "discard", discard_dead_letter)

    def _decide(
        self, request: HttpRequest, letters: QuerySet[DeadLetter], name: str, decide: _Decision
    ) -> HttpResponse | None:
        chosen = list(letters)
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": f"{name.capitalize()} dead letters",
                "chosen": chosen,
                "decision": name,
            }
            return TemplateResponse(request, "admin/execution/deadletter/decide.html", context)
        done = sum(self._is_done(request, letter, decide) for letter in chosen)
        if done:
            word = "sent again" if name == "retry" else "discarded"
            self.message_user(request, f"{done} {word}.", messages.SUCCESS)
        return None

    def _is_done(self, request: HttpRequest, letter: DeadLetter, decide: _Decision) -> bool:
        try:
            decide(
                letter,
                reason=request.POST.get("reason", ""),
                acting_user=signed_in_user(request),
                now=utc_now(),
            )
        except SignalHubError as error:
            self.message_user(request, f"{letter}: {error.message}", messages.ERROR)
            return False
        return True
