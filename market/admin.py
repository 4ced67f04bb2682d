"""Instruments and bars to look at, replays to pace."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.models import Role, User
from accounts.platform import operates_platform
from common.clock import utc_now
from common.errors import SignalHubError
from market.admin_intake import ListedTickAdmin, TickFeedAdmin, UploadAdmin
from market.admin_rows import InstrumentFilter, MarketAdmin
from market.corrections_admin import CorrectingAdmin
from market.models import BarRevision, Instrument, ListedBar, ReplayFeed
from market.services import replay

__all__ = ["ListedTickAdmin", "TickFeedAdmin", "UploadAdmin"]

# The pieces of the table, whether they are its partitions or a hypertable's chunks.
_ESTIMATE = """
    SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint
    FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid
    WHERE inhparent = 'market_bar'::regclass
"""
EXACT_UP_TO = 100_000  # beyond it the pages are counted from the planner's estimate


@admin.register(Instrument)
class InstrumentAdmin(MarketAdmin):
    list_display = ("key", "name", "kind", "exchange", "currency")
    list_filter = ("kind", "exchange")
    search_fields = ("key", "name")


class EstimatingPaginator(Paginator[Any]):
    """Counts a big table from the planner's estimate, and anything filtered exactly."""

    @cached_property
    def count(self) -> int:
        bars = cast("QuerySet[ListedBar]", self.object_list)
        if not bars.query.where:
            with connection.cursor() as cursor:
                cursor.execute(_ESTIMATE)
                (estimate,) = cursor.fetchone()
            if estimate > EXACT_UP_TO:
                return int(estimate)
        return bars.count()


@admin.register(ListedBar)
class ListedBarAdmin(CorrectingAdmin, MarketAdmin):
    list_display = (
        "instrument_key",
        "timeframe",
        "opened_at",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "missing",
        "known_at",
    )
    list_display_links = None
    list_filter = (InstrumentFilter,)
    sortable_by = ()  # the key's own order is the only one that needs no sorting
    paginator = EstimatingPaginator
    show_full_result_count = False


@admin.register(BarRevision)
class BarRevisionAdmin(MarketAdmin):
    list_display = (
        "instrument_key",
        "timeframe",
        "opened_at",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "known_at",
        "superseded_at",
        "reason",
    )
    list_display_links = None
    list_filter = (InstrumentFilter, "source")
    show_full_result_count = False


@admin.register(ReplayFeed)
class ReplayFeedAdmin(MarketAdmin):
    roles = (Role.OPERATOR,)
    list_display = ("name", "state", "progress", "position", "bars_per_second")
    list_editable = ("bars_per_second",)
    fields = (
        "name",
        "state",
        "bars_per_second",
        "instruments_shown",
        "timeframe",
        "recording_sha256",
        "starts_at",
        "progress",
        "as_of",
        "finished_at",
        "updated_at",
    )
    readonly_fields = tuple(field for field in fields if field != "bars_per_second")
    actions = ("pause", "resume")

    @admin.display(description="state")
    def state(self, row: ReplayFeed) -> str:
        if row.finished_at is not None:
            return "at its end"
        return "paused" if row.paused else "playing"

    @admin.display(description="instruments")
    def instruments_shown(self, row: ReplayFeed) -> str:
        return ", ".join(row.instruments)

    @admin.display(description="position", ordering="as_of")
    def position(self, row: ReplayFeed) -> str:
        return f"up to {row.position}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those steer a feed who operate the platform: its bars are every house's."""
        return isinstance(request.user, User) and operates_platform(request.user)

    def save_model(
        self, request: HttpRequest, obj: ReplayFeed, form: ModelForm[Any], change: bool
    ) -> None:
        """Set the pace and nothing else: the rest of the form is older than the row."""
        assert isinstance(request.user, User)
        replay.set_pace(obj, obj.bars_per_second, acting_user=request.user, now=utc_now())

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, rows: QuerySet[ReplayFeed]) -> None:
        """Stop replays where they are."""
        self._for_each(request, rows, replay.pause, done="paused")

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, rows: QuerySet[ReplayFeed]) -> None:
        """Let paused replays go on."""
        self._for_each(request, rows, replay.resume, done="going on")

    def _for_each(
        self, request: HttpRequest, rows: QuerySet[ReplayFeed], service: Any, *, done: str
    ) -> None:
        for row in rows:
            try:
                service(row, acting_user=request.user, now=utc_now())
                self.message_user(request, f"{row} is {done}.", messages.SUCCESS)
            except SignalHubError as error:
                self.message_user(request, error.message, messages.ERROR)
