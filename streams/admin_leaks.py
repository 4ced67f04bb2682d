"""Find a leak: paste or upload values, and see whose copy they are."""

from __future__ import annotations

import csv
import math
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.models import Role
from common.clock import utc_now
from common.errors import SignalHubError
from common.json_field import CODE_ATTRIBUTES
from registry import product_access
from registry.admin.scoped import ScopedAdmin, signed_in_user
from registry.models import Product, ProductSubscription
from streams import leak_search
from streams.models import LeakSearch, Stream
from streams.watermarks import words

COLUMNS = ("rank", "subscription_id", "subscriber", "agreeing", "compared", "log10_p", "verdict")
NOT_NAMED = "-"
LIMIT = words.odds(math.log10(settings.LEAK_FALSE_ACCUSATION))


class LeakForm(forms.Form):
    """What leaked, and of which product."""

    product = forms.ModelChoiceField(queryset=Product.objects.none(), empty_label=None)
    instrument = forms.ChoiceField(required=False, help_text="All are searched when unsure.")
    pasted = forms.CharField(
        required=False,
        label="Leaked values",
        widget=forms.Textarea(attrs={**CODE_ATTRIBUTES, "rows": 12}),
        help_text="A row a line: a time and the values, in any order of columns. Without times, "
        "keep the rows in their order.",
    )
    file = forms.FileField(
        required=False, label="Or a CSV file", help_text="Up to 20,000 rows and 2 MB."
    )

    def __init__(self, *args: Any, products: QuerySet[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["product"].queryset = products.order_by("name")  # type: ignore[attr-defined]
        keys = Stream.objects.filter(script__in=products.values("script"))
        named = keys.order_by("instrument_key").values_list("instrument_key", flat=True).distinct()
        choices = [("", "any"), *((key, key) for key in named)]
        self.fields["instrument"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        file: UploadedFile[bytes] | None = given.get("file")
        if file is None:
            given["text"] = given.get("pasted", "")
        elif (file.size or 0) > settings.LEAK_TEXT_MAX_BYTES:
            self.add_error("file", leak_search.LeakTooLarge().message)
        else:
            given["text"] = file.read().decode("utf-8-sig", errors="replace")
        if not self.errors and not given["text"].strip():
            self.add_error("pasted", "Paste the leaked values, or choose a file.")
        return given


@admin.register(LeakSearch)
class LeakSearchAdmin(ScopedAdmin):
    roles = (Role.AUTHOR, Role.OPERATOR)
    list_display = ("searched_at", "product", "searcher", "verdict", "rows", "accused")
    list_select_related = ("product", "searched_by")
    list_filter = ("verdict",)
    search_fields = ("product__name", "searched_by__username")
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[LeakSearch]:
        return leak_search.searches_readable_by(signed_in_user(request))

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.has_module_permission(request)

    def get_urls(self) -> list[URLPattern]:
        table = self.admin_site.admin_view(self.csv_view)
        address = path("<uuid:search_id>/csv/", table, name="streams_leaksearch_csv")
        return [address, *super().get_urls()]

    @admin.display(description="searched by")
    def searcher(self, search: LeakSearch) -> str:
        return search.searched_by.username if search.searched_by else "the platform"

    @admin.display(description="accused")
    def accused(self, search: LeakSearch) -> int:
        return sum(row["accused"] for row in search.suspects)

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take leaked values, search, and show what was found."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        user = signed_in_user(request)
        products = product_access.products_managed_by(user)
        form = LeakForm(
            request.POST or None,
            request.FILES or None,
            products=products,
            initial={"product": request.GET.get("product")},
        )
        if request.method == "POST" and form.is_valid():
            search = self._search(request, form)
            if search is not None:
                return redirect("admin:streams_leaksearch_change", search.pk)
        context = {"title": "Find a leak", "form": form, "has_products": products.exists()}
        return self._page(request, "admin/streams/leaksearch/find.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what a search found."""
        search = self._search_of(request, object_id)
        found = rows_of(search)
        accused = [row for row in found if row["accused"]]
        context = {
            "title": f"Leak of {search.product}",
            "search": search,
            "sentence": words.verdict_sentence(
                search.verdict,
                accused=[row["subscriber"] for row in accused],
                marked=search.marked,
                needed=search.needed,
                compared=search.compared,
                limit=LIMIT,
            ),
            "rows": found,
            "limit": LIMIT,
        }
        return self._page(request, "admin/streams/leaksearch/found.html", context)

    def csv_view(self, request: HttpRequest, search_id: uuid.UUID) -> HttpResponse:
        """Download the ranking of a search."""
        search = self._search_of(request, str(search_id))
        reply = HttpResponse(content_type="text/csv; charset=utf-8")
        reply["Content-Disposition"] = f'attachment; filename="leak-{search.pk}.csv"'
        writer = csv.writer(reply)
        writer.writerow(COLUMNS)
        for row in rows_of(search):
            verdict = "accused" if row["accused"] else "not accused"
            cells = {**row, "verdict": verdict, "subscriber": _plain(row["subscriber"])}
            writer.writerow([cells[name] for name in COLUMNS])
        return reply

    def _search(self, request: HttpRequest, form: LeakForm) -> LeakSearch | None:
        given = form.cleaned_data
        try:
            return leak_search.search_leak(
                given["product"].pk,
                given["text"],
                acting_user=signed_in_user(request),
                now=utc_now(),
                instrument_key=given["instrument"],
            )
        except SignalHubError as error:
            form.add_error("file" if given.get("file") else "pasted", error.message)
            return None

    def _search_of(self, request: HttpRequest, search_id: str) -> LeakSearch:
        try:
            found = self.get_queryset(request).filter(pk=uuid.UUID(search_id)).first()
        except ValueError:
            found = None
        if found is None or not self.has_view_permission(request, found):
            raise Http404
        return found

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**shared, **context})


def rows_of(search: LeakSearch) -> list[dict[str, Any]]:
    """Return the ranking of a search with the names of the subscribers."""
    ids = [one["subscription_id"] for one in search.suspects]
    standing = ProductSubscription.objects.filter(product=search.product_id, pk__in=ids)
    names = {str(one.pk): one.user.username for one in standing.select_related("user")}
    return [
        {
            **one,
            "rank": rank,
            "compared": search.marked,
            "subscriber": names.get(one["subscription_id"], NOT_NAMED),
            "alone": words.odds(one["log10_p"]),
            "among_all": words.odds(one["log10_adjusted"]),
        }
        for rank, one in enumerate(search.suspects, start=1)
    ]


def _plain(text: str) -> str:
    # A spreadsheet takes what begins with one of these for a formula.
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
