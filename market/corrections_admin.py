"""Correct bars in the admin: their numbers to change, a reason, and a confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import User
from common.admin_lookups import OfferedLookupsAdmin
from common.clock import utc_now
from common.errors import SignalHubError
from market.bars import PRICES, NewBar
from market.models import ListedBar
from market.services.corrections import Corrected, CorrectionNotUsable, correct_bars
from market.services.roles import may_feed

NUMBERS = (*PRICES, "volume")
SHOWN_AT_ONCE = 20  # bars that somebody can read before confirming


@dataclass(frozen=True)
class Field:
    """One number of a bar on the page."""

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class Row:
    """One bar on the page, with what stands in its fields."""

    bar: ListedBar
    fields: list[Field]


class CorrectingAdmin(OfferedLookupsAdmin[ListedBar]):
    """The action by which those who operate the platform correct bars."""

    actions = ("correct",)

    def has_correct_permission(self, request: HttpRequest) -> bool:
        return may_feed(request.user)

    @admin.action(description="Correct", permissions=["correct"])
    def correct(self, request: HttpRequest, bars: QuerySet[ListedBar]) -> HttpResponse | None:
        """Ask for the right numbers and a reason, then put them in the place of the wrong ones."""
        chosen = list(bars[: SHOWN_AT_ONCE + 1])
        if len(chosen) > SHOWN_AT_ONCE:
            too_many = f"Choose at most {SHOWN_AT_ONCE} bars; for more there is the API."
            self.message_user(request, too_many, messages.ERROR)
            return None
        if "confirmed" not in request.POST:
            return self._page(request, chosen)
        assert isinstance(request.user, User)
        now = utc_now()
        try:
            done = correct_bars(
                [_with_numbers(bar, request.POST) for bar in chosen],
                known_at=now,
                reason=request.POST.get("reason", ""),
                acting_user=request.user,
                now=now,
            )
        except SignalHubError as error:
            return self._page(request, chosen, problem=error.message)
        self.message_user(request, _said(done), messages.SUCCESS)
        return None

    def _page(
        self, request: HttpRequest, chosen: Sequence[ListedBar], problem: str = ""
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Correct bars",
            "rows": [_row(bar, request.POST) for bar in chosen],
            "reason": request.POST.get("reason", ""),
            "problem": problem,
        }
        page = "admin/market/listedbar/correct.html"
        return TemplateResponse(request, page, context, status=422 if problem else 200)


def _row(bar: ListedBar, typed: Mapping[str, str]) -> Row:
    names = {number: f"{number} of {bar.pk}" for number in NUMBERS}
    return Row(
        bar,
        [
            Field(name, number, typed.get(name, repr(getattr(bar, number))))
            for number, name in names.items()
        ],
    )


def _with_numbers(bar: ListedBar, typed: Mapping[str, str]) -> NewBar:
    numbers = {field.label: _number(bar, field) for field in _row(bar, typed).fields}
    return NewBar(
        instrument_key=bar.instrument_key,
        timeframe=bar.timeframe,
        opened_at=bar.opened_at,
        open=numbers["open"],
        high=numbers["high"],
        low=numbers["low"],
        close=numbers["close"],
        volume=numbers["volume"],
    )


def _number(bar: ListedBar, field: Field) -> float:
    try:
        return float(field.value)
    except ValueError:
        raise CorrectionNotUsable(
            f"{field.label} of {bar}: {field.value[:40]!r} is no number.", field=field.name
        ) from None


def _said(done: Corrected) -> str:
    if not done.bars:
        return "These numbers are recorded already: nothing was changed."
    follows = f", and {len(done.following)} made of them" if done.following else ""
    bars = f"{len(done.bars)} bars" if len(done.bars) > 1 else str(done.bars[0])
    return f"{bars} corrected{follows}."
