"""Every address of the platform: of HTTP, of the admin with its actions, and of the socket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

from signalhub import route_policies
from signalhub.policies import Policy
from streams.routing import websocket_urlpatterns

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Scripts, their runs and outputs answer at the root too; both say the same, under one policy.
SECOND_MOUNT = re.compile(r"^/api/v2(?=/(?:scripts|subscriptions)(?:/|$)|/signals/[^/]+/custom/)")
_NAMED_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
_OBJECT = re.compile(r"<(\w+:)?(?:object_id|id)>")
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# Addresses that call by one name what are two things: a runs' subscription and a product's, a run
# by its row and by its public id.
TWO_OF_A_NAME = (
    (
        re.compile(r"/(product-subscriptions|marketplace/subscriptions|admin/registry/product)/"),
        "subscription_id",
        "product_subscription_id",
    ),
    (re.compile("^/admin/execution/"), "execution_id", "execution_execution_id"),
)


class NoPolicy(Exception):
    """An address stands in no table of signalhub/route_policies.py."""


@dataclass(frozen=True)
class Route:
    """One method of one address, and whom it lets past."""

    method: str
    path: str
    name: str
    policy: Policy

    @property
    def operation(self) -> str:
        """Return how the API's document names it, whichever mount it is of."""
        return f"{self.method} {operation_path(self.path)}"

    @property
    def parameters(self) -> list[str]:
        """Return the names of the path's parts that vary."""
        return _PARAMETER.findall(self.path)

    @property
    def told_path(self) -> str:
        """Return the path with a name of its own for whatever is a thing of its own."""
        for pattern, old, new in TWO_OF_A_NAME:
            if pattern.search(self.path):
                return self.path.replace(f":{old}>", f":{new}>")
        return self.path

    @property
    def told_parameters(self) -> list[str]:
        """Return the names of the told path's parts that vary."""
        return _PARAMETER.findall(self.told_path)

    def as_json(self) -> dict[str, str]:
        """Return what ``show_routes`` prints."""
        return {
            "method": self.method,
            "path": self.told_path,
            "name": self.name,
            "policy": self.policy.name,
        }


def operation_path(path: str) -> str:
    """Return an address as the tables and the API's document spell it."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", SECOND_MOUNT.sub("", path))


def routes() -> list[Route]:
    """Return every route.

    Raises
    ------
    NoPolicy
        Naming each that no table knows, and where to add it.
    """
    found, missing = [], []
    for method, path, name in [*_of_http(get_resolver().url_patterns, "/", ""), *_actions()]:
        policy = route_policies.policy_of(method, operation_path(path), name)
        if policy is None:
            missing.append(f"{method} {path} ({name})")
        else:
            found.append(Route(method, path, name, policy))
    if missing:
        raise NoPolicy(
            "Add a line to signalhub/route_policies.py (API and PAGES by method and path, "
            "ADMIN_PAGES by name, ADMIN by model) for: " + "; ".join(missing)
        )
    return [*found, *_of_sockets()]


def _of_http(patterns: list[Any], prefix: str, namespace: str) -> Iterator[tuple[str, str, str]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _of_http(pattern.url_patterns, path, inner)
        elif isinstance(pattern, URLPattern):
            name = namespace + (pattern.name or _name_of(pattern))
            path = _readable(path, name)
            for method in _methods(pattern, operation_path(path), name):
                yield method, path, name


def _name_of(pattern: URLPattern) -> str:
    view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)
    return f"{view.__module__}.{view.__name__}" if view else pattern.lookup_str


def _readable(path: str, name: str) -> str:
    """Return a path whose every part that varies has a name of its own."""
    path = _NAMED_GROUP.sub(r"<\1>", path)
    model = re.match(r"/admin/(\w+)/(\w+)/", path)
    if model is None:
        return path
    return _OBJECT.sub(lambda old: f"<{old[1] or 'path:'}{model[1]}_{model[2]}_id>", path)


def _methods(pattern: URLPattern, path: str, name: str) -> list[str]:
    """Return what an address answers to: of a class its handlers, else what the tables say."""
    view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)
    if view is not None and not path.startswith("/admin/"):
        given = getattr(pattern.callback, "view_initkwargs", None) or {}
        allowed = given.get("http_method_names", view.http_method_names)
        return [verb for verb in VERBS if hasattr(view, verb.lower()) and verb.lower() in allowed]
    return [*route_policies.methods_of(path, name)] or ["GET"]


def _actions() -> Iterator[tuple[str, str, str]]:
    for model, model_admin in sorted(admin.site._registry.items(), key=lambda one: str(one[0])):
        label, name = model._meta.app_label, model._meta.model_name
        offered: list[Any] = model_admin._get_base_actions()  # type: ignore[attr-defined]
        for function, action, _ in offered:
            if function is not None:
                path = f"/admin/{label}/{name}/?action={action}"
                yield "POST", path, f"admin:{label}_{name}_action_{action}"


def _of_sockets() -> Iterator[Route]:
    for pattern in websocket_urlpatterns:
        for name, policy in route_policies.SOCKET.items():
            yield Route("WS", f"/{pattern.pattern}", f"socket:{name}", policy)
