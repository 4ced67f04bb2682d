"""The operations page, its part that is renewed, and the question before anything is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authentication import AuthenticatedHttpRequest
from common.clock import utc_now
from common.errors import Forbidden, NotFound, SignalHubError
from signalhub.admin_overview import is_operator
from signalhub.operations import deeds, kept, sections
from signalhub.operations.questions import REASON_MAX_LENGTH, Doing
from signalhub.operations.tables import Viewer

View = Callable[..., HttpResponse]


def for_operators(view: View) -> View:
    """Let in operators alone; who is not signed in is asked to."""

    @wraps(view)
    def guarded(request: AuthenticatedHttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_operator(request.user):
            raise PermissionDenied("The operations page is for operators.")
        return view(request, *args, **kwargs)

    return login_required(guarded)


@require_safe
@for_operators
def operations(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Show how the platform stands, section by section."""
    return render(request, "operations/index.html", _context(request))


@require_safe
@for_operators
def operations_part(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Return the sections alone, for the page to renew itself."""
    response = render(request, "operations/_sections.html", _context(request))
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@for_operators
def operations_deed(request: AuthenticatedHttpRequest, deed: str, target: str) -> HttpResponse:
    """Ask whether something is meant, and why; then do it."""
    if not target.isprintable():
        raise Http404("There is nothing at this address.")
    try:
        question, found = deeds.find(deed, target, user=request.user)
    except NotFound as error:
        raise Http404(error.message) from None
    except Forbidden as error:
        raise PermissionDenied(error.message) from None
    context = {
        "section": "operations",
        "title": question.title.format(found),
        "consequence": question.consequence.format(found),
        "answer": question.answer,
        "reason_max_length": REASON_MAX_LENGTH,
    }
    if request.method != "POST":
        return render(request, "operations/confirm.html", context)
    reason = " ".join(request.POST.get("reason", "").replace("\x00", " ").split())
    doing = Doing(target=found, user=request.user, reason=reason, now=utc_now())
    try:
        done = deeds.carry_out(question, doing)
        kept.of_this_process.forget()
    except SignalHubError as error:
        context |= {"problem": error.message, "reason": reason}
        return render(request, "operations/confirm.html", context, status=400)
    messages.success(request, done, extra_tags="good")
    return redirect("operations")


def _context(request: HttpRequest) -> dict[str, Any]:
    viewer = Viewer(user=request.user, now=utc_now())  # type: ignore[arg-type]  # an operator
    return {
        "section": "operations",
        "sections": sections.read_all(viewer),
        "read_at": viewer.now,
    }
