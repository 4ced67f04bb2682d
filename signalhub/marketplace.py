"""The marketplace for people: what is offered, what they subscribed to, and how they leave."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authentication import AuthenticatedHttpRequest
from common import row_scope
from common.clock import utc_now
from common.errors import NotFound, SignalHubError
from common.http.problems import problem_response
from common.in_flight import Shed
from execution.scheduling.load_shedding import Priority
from execution.services import admission
from registry import product_access
from registry.models import Product, ProductSubscription, ProductUsage
from registry.services import product_subscriptions, usage

PRODUCTS_SHOWN = 24
SUBSCRIPTIONS_SHOWN = 50


@require_safe
@login_required
def marketplace(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Show what the visitor subscribed to, and what is offered."""
    now = utc_now()
    with row_scope.within(row_scope.PLATFORM):  # what is shown is the visitor's, or everybody's
        standing = list(_standing(request)[:SUBSCRIPTIONS_SHOWN])
        page = _page_of_products(request.GET.get("page"))
    context = {
        "section": "marketplace",
        "subscriptions": standing,
        "page": page,
        "subscribed": {subscription.product_id for subscription in standing},
        "now": now,
    }
    return render(request, "marketplace/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def subscribe(request: AuthenticatedHttpRequest, product_id: UUID) -> HttpResponse:
    """Ask once more what a subscription means, then subscribe."""
    product = _product(request, product_id)
    if request.method == "POST":
        try:
            product_subscriptions.subscribe_to_product(
                product, acting_user=request.user, now=utc_now()
            )
        except SignalHubError as error:
            messages.error(request, f"Not subscribed to {product.name}. {error.message}")
        else:
            messages.success(request, f"You are subscribed to {product.name}.")
        return redirect("marketplace")
    context = {"section": "marketplace", "product": product}
    return render(request, "marketplace/subscribe.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def end(request: AuthenticatedHttpRequest, subscription_id: UUID) -> HttpResponse:
    """Ask once more, then end one of the visitor's own subscriptions."""
    subscription = _own(request, subscription_id)
    if request.method == "POST":
        try:
            product_subscriptions.end_product_subscription(
                subscription.pk, acting_user=request.user, now=utc_now()
            )
        except SignalHubError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"Your subscription to {subscription.product.name} ended.")
        return redirect("marketplace")
    context = {"section": "marketplace", "subscription": subscription}
    return render(request, "marketplace/end.html", context)


@require_safe
@login_required
def usage_csv(request: AuthenticatedHttpRequest, subscription_id: UUID) -> HttpResponse:
    """Send how often the visitor used one of their subscriptions, as a table."""
    try:
        admission.admit(Priority.LOW)
    except Shed as error:
        return problem_response(error)
    subscription = _own(request, subscription_id)
    rows = ProductUsage.objects.filter(subscription=subscription)
    return csv_reply(rows.select_related("product", "subscription__user"))


def csv_reply(rows: Any) -> HttpResponse:
    """Return usage as a file to save."""
    headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
    return HttpResponse(usage.as_csv(rows), content_type="text/csv", headers=headers)


def _standing(request: AuthenticatedHttpRequest) -> Any:
    rows = product_subscriptions.subscriptions_of(request.user).filter(cancelled_at=None)
    return rows.filter(product__external_id="").annotate(uses=Sum("usage__count"))


def _page_of_products(number: str | None) -> Page[Product]:
    offered = (
        product_access.products_offered()
        .select_related("script__owner", "script__current_version")
        .order_by("-listed_at", "-pk")
    )
    page = Paginator(offered, PRODUCTS_SHOWN).get_page(number)
    page.object_list = list(page.object_list)
    return page


@row_scope.for_the_platform
def _product(request: HttpRequest, product_id: UUID) -> Product:
    found = product_access.products_offered().filter(pk=product_id)
    product = found.select_related("script__owner", "script__current_version").first()
    if product is None:
        raise Http404
    return product


def _own(request: AuthenticatedHttpRequest, subscription_id: UUID) -> ProductSubscription:
    try:
        return product_subscriptions.own_subscription(request.user, subscription_id)
    except NotFound as error:
        raise Http404(error.message) from None
