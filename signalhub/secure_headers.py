"""Headers that every answer carries, whoever made it: a view, a middleware or a refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

Handler = Callable[[HttpRequest], HttpResponse]
AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponse]]

# Of the things that a browser can do for a page, ours ask for none.
UNUSED = (
    "accelerometer autoplay camera display-capture encrypted-media fullscreen geolocation "
    "gyroscope hid idle-detection local-fonts magnetometer microphone midi payment "
    "picture-in-picture publickey-credentials-get screen-wake-lock serial usb xr-spatial-tracking"
).split()
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
    # Pages have their own; of anything else a browser runs nothing.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    # What says nothing of it may be anybody's; static files and what has an ETag say.
    "Cache-Control": "no-store",
}


@sync_and_async_middleware
def secure_headers_middleware(get_response: Handler | AsyncHandler) -> Handler | AsyncHandler:
    """Add what an answer does not say itself."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponse:
            return _secured(await cast(AsyncHandler, get_response)(request))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponse:
        return _secured(cast(Handler, get_response)(request))

    return answer


def _secured(response: HttpResponse) -> HttpResponse:
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    return response
