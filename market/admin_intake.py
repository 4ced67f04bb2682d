"""Where ticks come from, what was wrong with them, and files of prices on their way in."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from accounts.models import Role, User
from common.clock import utc_now
from common.errors import SignalHubError
from market.admin_rows import InstrumentFilter, MarketAdmin
from market.models import ListedTick, TickFeed, Upload, UploadKind, UploadState
from market.services import uploads
from market.services.feed_overview import RATE_OVER, with_activity
from market.services.roles import may_feed
from market.services.upload_batches import COLUMNS
from market.tick_checks import Flag, Remark

COUNTED_UP_TO = 10_000  # a list goes no further: filters narrow it
TEMPLATES = "admin/market"
STATUS_OF = {
    UploadState.QUEUED: "draft",
    UploadState.RUNNING: "running",
    UploadState.DONE: "completed",
    UploadState.FAILED: "failed",
}


class FindingFilter(admin.SimpleListFilter):
    """Tells ticks apart by what was found about them."""

    title = "finding"
    parameter_name = "finding"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        names = [*Flag, *Remark]
        return [
            ("none", "counts"),
            ("any", "kept out of bars"),
            *((name.value, name.value.replace("_", " ")) for name in names),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value == "none":
            return queryset.filter(flags=[])
        if value == "any":
            return queryset.exclude(flags=[])
        if value in [*Flag]:
            # Said twice, for the index of the few that are flagged.
            return queryset.exclude(flags=[]).filter(flags__contains=[value])
        if value in [*Remark]:
            return queryset.filter(remarks__contains=[value])
        return queryset


class FirstPages(Paginator[Any]):
    """Counts no further than anybody reads."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[:COUNTED_UP_TO].count()


@admin.register(ListedTick)
class ListedTickAdmin(MarketAdmin):
    list_display = (
        "instrument_key",
        "at",
        "source",
        "event_id",
        "price",
        "size",
        "bid",
        "ask",
        "finding",
    )
    list_display_links = None
    list_filter = (InstrumentFilter, FindingFilter)
    sortable_by = ()  # the key's own order is the only one that needs no sorting
    paginator = FirstPages
    show_full_result_count = False
    change_list_template = f"{TEMPLATES}/listedtick/change_list.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say who brings ticks in with a link for those who may."""
        more = {"may_feed": may_feed(request.user), **(extra_context or {})}
        return super().changelist_view(request, more)

    @admin.display(description="finding")
    def finding(self, tick: ListedTick) -> SafeString | str:
        if tick.flags:
            words = ", ".join(tick.flags)
            return format_html('<span class="status status-withdrawn">{}</span>', words)
        return ", ".join(tick.remarks).replace("_", " ") or "counts"


@admin.register(TickFeed)
class TickFeedAdmin(MarketAdmin):
    roles = (Role.OPERATOR,)
    list_display = ("source", "instrument_key", "last_seen_at", "newest_at", "rate", "today", "odd")
    list_display_links = None
    search_fields = ("source", "instrument_key")
    list_per_page = 50
    change_list_template = f"{TEMPLATES}/tickfeed/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[TickFeed]:
        feeds = super().get_queryset(request).order_by("-last_seen_at", "pk")
        return with_activity(feeds, now=utc_now())

    @admin.display(description="ticks a second")
    def rate(self, feed: Any) -> str:
        return f"{feed.just_now / RATE_OVER.total_seconds():.2f}" if feed.just_now else "none now"

    @admin.display(description="counted today")
    def today(self, feed: Any) -> SafeString:
        query = urlencode({"instrument": feed.instrument_key})
        address = reverse("admin:market_listedtick_changelist")
        return format_html('<a href="{}?{}">{}</a>', address, query, f"{feed.accepted_today:,}")

    @admin.display(description="odd today")
    def odd(self, feed: Any) -> str:
        return ", ".join(feed.odd_today).replace("_", " ") or "nothing"


class UploadForm(forms.Form):
    """A file of prices, and what its rows are."""

    kind = forms.ChoiceField(
        label="What are its rows?", choices=UploadKind.choices, widget=forms.RadioSelect
    )
    file = forms.FileField(
        allow_empty_file=True,
        help_text="CSV with a head, or Parquet.",
        widget=forms.FileInput(attrs={"accept": ".csv,.parquet"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


@admin.register(Upload)
class UploadAdmin(MarketAdmin):
    roles = (Role.OPERATOR,)
    list_display = ("name", "kind", "stage", "progress", "rows_done", "refused", "sent")
    list_filter = ("state", "kind")
    list_select_related = ("uploaded_by",)
    search_fields = ("name",)
    list_per_page = 50
    change_list_template = f"{TEMPLATES}/upload/change_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_feed(request.user)

    def get_urls(self) -> list[URLPattern]:
        state = self.admin_site.admin_view(self.state_view)
        address = path("<uuid:upload_id>/state/", state, name="market_upload_state")
        return [address, *super().get_urls()]

    @admin.display(description="state", ordering="state")
    def stage(self, upload: Upload) -> SafeString:
        status = STATUS_OF[UploadState(upload.state)]
        word = upload.get_state_display()
        return format_html('<span class="status status-{}">{}</span>', status, word)

    @admin.display(description="progress")
    def progress(self, upload: Upload) -> SafeString:
        return format_html(
            '<progress max="100" value="{}" aria-label="{} %"></progress>',
            upload.percent,
            upload.percent,
        )

    @admin.display(description="sent", ordering="id")
    def sent(self, upload: Upload) -> str:
        return f"{upload.uploaded_at:%Y-%m-%d %H:%M} by {upload.uploaded_by.username}"

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take a file, and show how far it is."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        is_sent = request.method == "POST"
        form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
        if form.is_valid():
            upload = self._begun(request, form)
            if upload is not None:
                return redirect("admin:market_upload_change", upload.pk)
        context = {
            "title": "Upload prices",
            "form": form,
            "columns": {kind.label: columns for kind, columns in COLUMNS.items()},
            "megabytes": settings.UPLOAD_MAX_BYTES // 2**20,
        }
        return self._page(request, f"{TEMPLATES}/upload/add.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show how far an upload is, and which rows were refused."""
        upload = self._upload_of(request, object_id)
        if request.method == "POST":  # as Django's own page refuses it: nothing is changed by hand
            raise PermissionDenied
        context = {
            "title": f"Upload of {upload.name}",
            "upload": upload,
            "status": STATUS_OF[UploadState(upload.state)],
            "flagged": sorted(upload.flagged.items()),
            "errors_shown": len({error["row"] for error in upload.errors}),
            "has_add_permission": self.has_add_permission(request),
        }
        return self._page(request, f"{TEMPLATES}/upload/progress.html", context)

    def state_view(self, request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
        """Say how far an upload is, for its page."""
        upload = self._upload_of(request, str(upload_id))
        reply = JsonResponse(
            {
                "state": upload.state,
                "percent": upload.percent,
                "rows_done": upload.rows_done,
                "rows_total": upload.rows_total,
            }
        )
        add_never_cache_headers(reply)
        return reply

    def _begun(self, request: HttpRequest, form: UploadForm) -> Upload | None:
        assert isinstance(request.user, User)
        file = form.cleaned_data["file"]
        try:
            return uploads.begin_upload(
                file,
                kind=UploadKind(form.cleaned_data["kind"]),
                name=file.name,
                acting_user=request.user,
                now=utc_now(),
            )
        except SignalHubError as error:
            form.add_error("file", error.message)
            return None

    def _upload_of(self, request: HttpRequest, upload_id: str) -> Upload:
        try:
            found: Upload | None = (
                self.get_queryset(request).filter(pk=uuid.UUID(upload_id)).first()
            )
        except ValueError:
            found = None
        if found is None or not self.has_view_permission(request, found):
            raise Http404
        return found

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**shared, **context})
