"""Products in the admin: what an author offers, who subscribed, how often it was used."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.models import Role
from accounts.principals import has_role
from common.clock import utc_now
from common.errors import SignalHubError
from registry import product_access
from registry.admin.scoped import ScopedAdmin, signed_in_user
from registry.models import Product, ProductUsage, Script
from registry.models.marketplace import SIGNAL_NAME_MAX_LENGTH
from registry.models.scripts import DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH
from registry.services import product_subscriptions, products, usage

ROWS_SHOWN = 200


class ProductForm(forms.Form):
    """Which script is offered, and how it is described."""

    script = forms.ModelChoiceField(
        queryset=Script.objects.none(), help_text="One of yours that is published."
    )
    name = forms.CharField(
        required=False, max_length=NAME_MAX_LENGTH, help_text="Empty: the script's name."
    )
    description = forms.CharField(
        required=False,
        max_length=DESCRIPTION_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What a buyer reads. Empty: the script's description.",
    )
    signal_name = forms.CharField(
        required=False,
        max_length=SIGNAL_NAME_MAX_LENGTH,
        help_text="What its streams call the signal, such as momentum; it never changes. "
        "Empty: from the name.",
    )

    def __init__(self, *args: Any, scripts: QuerySet[Script], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["script"].queryset = scripts.order_by("name")  # type: ignore[attr-defined]


@admin.register(Product)
class ProductAdmin(ScopedAdmin):
    roles = (Role.AUTHOR, Role.OPERATOR)
    list_display = ("name", "script", "state", "subscribers", "uses", "listed_at")
    list_select_related = ("script",)
    search_fields = ("name", "signal_name", "script__name", "=id")
    list_per_page = 50
    actions = ("list_for_everybody", "retire")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        user = signed_in_user(request)
        rows = super().get_queryset(request)
        if not user.is_superuser:
            rows = product_access.products_managed_by(user)
        now = utc_now()
        standing = Q(subscriptions__cancelled_at=None, subscriptions__starts_at__lte=now) & (
            Q(subscriptions__ends_at=None) | Q(subscriptions__ends_at__gt=now)
        )
        used = ProductUsage.objects.filter(product=OuterRef("pk")).order_by().values("product")
        counted: QuerySet[Product] = rows.annotate(
            subscriber_count=Count("subscriptions", filter=standing, distinct=True),
            use_count=Subquery(used.annotate(total=Sum("count")).values("total")),
        )
        return counted

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return has_role(request.user, Role.AUTHOR)

    @admin.display(description="state")
    def state(self, product: Product) -> str:
        if product.retired_at:
            return "retired"
        if product.external_id:
            return "from another marketplace"
        return "offered" if product.listed_at else "not offered yet"

    @admin.display(description="subscribers")
    def subscribers(self, product: Any) -> int:
        return int(product.subscriber_count)

    @admin.display(description="uses")
    def uses(self, product: Any) -> int:
        return int(product.use_count or 0)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<uuid:product_id>/usage.csv",
                self.admin_site.admin_view(self.usage_view),
                name="registry_product_usage",
            ),
            path(
                "<uuid:product_id>/subscriptions/<uuid:subscription_id>/end/",
                self.admin_site.admin_view(self.end_view),
                name="registry_product_end",
            ),
        ]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make a product by the service; what it refuses is shown beside the field."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        own = Script.objects.filter(owner=signed_in_user(request)).exclude(current_version=None)
        form = ProductForm(request.POST or None, scripts=own)
        if request.method == "POST" and form.is_valid():
            product = self._create(request, form)
            if product is not None:
                return redirect("admin:registry_product_change", product.pk)
        context = {"title": "Offer a script", "form": form, "has_scripts": own.exists()}
        return self._page(request, "admin/registry/product/add.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a product with its subscribers and its usage."""
        product = self.get_object(request, object_id)
        if product is None:
            raise Http404
        usage_rows = ProductUsage.objects.filter(product=product)
        subscriptions = product.subscriptions.select_related("user").annotate(
            uses=Sum("usage__count")
        )
        context = {
            "title": product.name,
            "product": product,
            "state": self.state(product),
            "days": usage.by_day(usage_rows)[:ROWS_SHOWN],
            "subscriptions": subscriptions.order_by("-pk")[:ROWS_SHOWN],
            "may_offer": products.may_offer(product.script, signed_in_user(request)),
            "now": utc_now(),
        }
        return self._page(request, "admin/registry/product/product.html", context)

    def usage_view(self, request: HttpRequest, product_id: uuid.UUID) -> HttpResponse:
        """Send a product's usage as a table."""
        rows = ProductUsage.objects.filter(product=self._managed(request, product_id))
        text = usage.as_csv(rows.select_related("product", "subscription__user"))
        headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
        return HttpResponse(text, content_type="text/csv", headers=headers)

    def end_view(
        self, request: HttpRequest, product_id: uuid.UUID, subscription_id: uuid.UUID
    ) -> HttpResponse:
        """Ask for confirmation, then end somebody's subscription at once."""
        product = self._managed(request, product_id)
        rows = product.subscriptions.select_related("user").filter(cancelled_at=None)
        subscription = rows.filter(pk=subscription_id).first()
        if subscription is None:
            raise Http404
        if request.method != "POST":
            context = {
                "title": "End a subscription",
                "product": product,
                "subscription": subscription,
            }
            return self._page(request, "admin/registry/product/end.html", context)
        try:
            product_subscriptions.end_product_subscription(
                subscription.pk,
                reason=request.POST.get("reason", ""),
                acting_user=signed_in_user(request),
                now=utc_now(),
            )
        except SignalHubError as error:
            self.message_user(request, f"Not ended. {error.message}", messages.ERROR)
        else:
            self.message_user(request, f"Ended: {subscription}.", messages.SUCCESS)
        return redirect("admin:registry_product_change", product.pk)

    @admin.action(description="Offer to everybody", permissions=["view"])
    def list_for_everybody(
        self, request: HttpRequest, rows: QuerySet[Product]
    ) -> HttpResponse | None:
        """List the chosen products, after confirmation."""
        question = {
            "consequence": "Everybody who can sign in, of any house, sees these and can subscribe:",
            "answer": "Yes, offer",
        }
        return self._asked(request, rows, "Offer products", question, products.list_product)

    @admin.action(description="Retire", permissions=["view"])
    def retire(self, request: HttpRequest, rows: QuerySet[Product]) -> HttpResponse | None:
        """Take the chosen products off the market, after confirmation."""
        question = {
            "consequence": "Nobody new can subscribe, for good; who subscribed keeps these:",
            "answer": "Yes, retire",
        }
        return self._asked(request, rows, "Retire products", question, products.retire_product)

    def _asked(
        self,
        request: HttpRequest,
        rows: QuerySet[Product],
        title: str,
        question: dict[str, str],
        step: Any,
    ) -> HttpResponse | None:
        chosen = list(rows.select_related("script__tenant", "script__owner"))
        if "confirmed" not in request.POST:
            context = {
                "title": title,
                "question": question,
                "chosen": chosen,
                "action": request.POST.get("action"),
            }
            return self._page(request, "admin/confirm_action.html", context)
        for product in chosen:
            try:
                step(product, acting_user=signed_in_user(request), now=utc_now())
            except SignalHubError as error:
                self.message_user(request, f"{product}: {error.message}", messages.ERROR)
            else:
                self.message_user(request, f"{title}: {product} done.", messages.SUCCESS)
        return None

    def _create(self, request: HttpRequest, form: ProductForm) -> Product | None:
        given = dict(form.cleaned_data)
        try:
            return products.create_product(
                given.pop("script"), **given, acting_user=signed_in_user(request), now=utc_now()
            )
        except SignalHubError as error:
            field = error.details.get("field")
            form.add_error(field if field in form.fields else None, error.message)
            return None

    def _managed(self, request: HttpRequest, product_id: uuid.UUID) -> Product:
        product = self.get_queryset(request).filter(pk=product_id).first()
        if product is None:
            raise Http404
        return product

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**shared, **context})
