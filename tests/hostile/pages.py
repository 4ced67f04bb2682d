"""Every page of the URL tree, each filled with rows that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import ApiKey, TokenFamily
from execution.models import Alert, Execution, Hold, Trial
from market.models import Upload
from registry.models import ReviewComment
from streams.models import LeakSearch
from tests.api.world import World

# Programs read these; test_document sends hostile text to them.
NO_PAGES = re.compile(
    r"^/(api/v|scripts|subscriptions|data/|signals/|health|metrics|api/schema|api/asyncapi|admin/jsi18n"
    r"|admin/autocomplete|admin/r/|logout/|admin/logout/)"
)
CATCH_ALL = "/admin/(?P<url>.*)"
ROWS_SHOWN = 1  # of each model in the admin
STATES = ("draft", "hostile", "hostile waiting")  # of scripts and versions: each has other pages


class Missing(Exception):
    """An address has a part for which no row is known: add one to ``fillings``."""


def pages(world: World) -> Iterator[str]:
    """Yield the address of every page, with real rows where it names one."""
    for pattern in _patterns(get_resolver().url_patterns, "/"):
        if NO_PAGES.match(pattern) or pattern == CATCH_ALL:
            continue
        yield from sorted(set(_filled(pattern, world)))


def _patterns(patterns: list[Any], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path


def _filled(pattern: str, world: World) -> list[str]:
    if "(?P<app_label>" in pattern:
        labels = re.findall(r"[a-z_]+", pattern.split("app_label>")[1])
        return [f"/admin/{label}/" for label in labels]
    found = [pattern]
    for part in re.findall(r"<[^>]+>", pattern):
        values = _fillings(pattern, part, world)
        found = [path.replace(part, str(value)) for path in found for value in values]
    return found


def _fillings(pattern: str, part: str, world: World) -> list[Any]:
    name = part.strip("<>").partition(":")[2] or part.strip("<>")
    if name in ("object_id", "id"):
        label, model = pattern.split("/")[2:4]
        rows = apps.get_model(label, model)._default_manager.order_by("-pk")
        return [row.pk for row in rows[:ROWS_SHOWN]]
    known: dict[str, list[Any]] = {
        "script_id": [world.scripts[state].pk for state in STATES],
        "version_id": [world.scripts[state].versions.get().pk for state in STATES],
        "execution_id": list(Execution.objects.values_list("pk", flat=True)[:1]),
        "hold_id": list(Hold.objects.values_list("pk", flat=True)),
        "alert_id": list(Alert.objects.values_list("pk", flat=True)),
        "trial_id": list(Trial.objects.values_list("pk", flat=True)),
        "comment_id": list(ReviewComment.objects.values_list("pk", flat=True)[:1]),
        "upload_id": list(Upload.objects.values_list("pk", flat=True)),
        "search_id": list(LeakSearch.objects.values_list("pk", flat=True)),
        "product_id": [world.products["listed"].pk],
        "subscription_id": [world.product_subscription.pk],
        "key_id": list(ApiKey.objects.values_list("pk", flat=True)[:1]),
        "identifier": ["0" * 24],
        "destination_id": [world.destination.pk],
        "delivery_id": [world.delivery.pk],
        "action": ["test", "enable", "disable", "replay"],
        "token": ["nobodys"],
        "family_id": list(TokenFamily.objects.values_list("pk", flat=True)[:1]),
        "deed": ["pause-feed", "no-such-deed"],
        "target": ["demo", "no-such-target"],
        "step": ["submit", "approve", "request_changes", "publish", "deprecate", "withdraw"],
    }
    if name not in known:
        raise Missing(f"{pattern}: {name}")
    return known[name]
