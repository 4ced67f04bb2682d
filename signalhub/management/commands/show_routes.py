"""Every address of the platform, and who may use it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from channels.routing import URLRouter
from django.core.management.base import BaseCommand, CommandParser
from django.urls import URLPattern, URLResolver, get_resolver

from streams.routing import websocket_urlpatterns

# Pages say by themselves who may see them; this is what they say.
PAGE_POLICIES = {
    "dashboard": "signed in",
    "dashboard-script": "signed in",
    "dashboard-state": "signed in",
    "marketplace": "signed in",
    "marketplace-subscribe": "signed in",
    "marketplace-end": "signed in",
    "marketplace-usage": "signed in",
    "account": "signed in",
    "account-everywhere": "signed in",
    "account-end-session": "signed in",
    "account-end-tokens": "signed in",
    "account-password": "signed in",
    "account-keys": "signed in",
    "account-key-new": "signed in",
    "account-key-revoke": "signed in",
    "account-second-factor": "signed in",
    "account-second-factor-enrol": "signed in",
    "account-second-factor-remove": "signed in",
    "account-limits": "signed in",
    "login-code": "password was right",
    "signals": "producer's signature",
}
HTTP_VERBS = ("get", "post", "put", "patch", "delete")


class Command(BaseCommand):
    help = "List every route: method, path, name and policy."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        routes = [*_http(get_resolver().url_patterns, "/"), *_sockets()]
        if options["json"]:
            self.stdout.write(json.dumps(routes, indent=1))
            return
        for route in routes:
            self.stdout.write("{method:7} {path:70} {policy}".format(**route))


def _http(patterns: list[Any], prefix: str) -> Iterator[dict[str, str]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from _http(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield from _of_pattern(pattern, path)


def _of_pattern(pattern: URLPattern, path: str) -> Iterator[dict[str, str]]:
    view_class = getattr(pattern.callback, "cls", None) or getattr(
        pattern.callback, "view_class", None
    )
    methods = [verb.upper() for verb in HTTP_VERBS if view_class and hasattr(view_class, verb)]
    for method in methods or ["ANY"]:
        yield {
            "method": method,
            "path": path,
            "name": pattern.name or pattern.lookup_str,
            "policy": _policy(pattern, view_class, path),
        }


def _policy(pattern: URLPattern, view_class: Any, path: str) -> str:
    if path.startswith("/admin/"):
        return "staff"
    classes = getattr(view_class, "permission_classes", None)
    if classes is not None:
        return " and ".join(permission.__name__ for permission in classes) or "public"
    return PAGE_POLICIES.get(pattern.name or "", "public")


def _sockets() -> Iterator[dict[str, str]]:
    for pattern in URLRouter(websocket_urlpatterns).routes:
        yield {
            "method": "WS",
            "path": f"/{pattern.pattern}",
            "name": "socket",
            "policy": "session or hello",
        }
