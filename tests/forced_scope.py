"""What authentication does, for requests that a test authenticates by force."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.middleware import enter_scope_of


def forced_scope_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Enter the scope of ``APIClient.force_authenticate``, which passes authentication by."""

    def answer(request: HttpRequest) -> HttpResponse:
        user = getattr(request, "_force_auth_user", None)
        if user is not None:
            enter_scope_of(user)
        return get_response(request)

    return answer
