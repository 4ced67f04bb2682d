"""Who may use an address is what ``show_routes`` says: nobody unknown gets past it."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

NOBODY = "00000000-0000-7000-8000-000000000000"
SAMPLES = {"uuid": NOBODY, "int": "1", "str": "x"}
# What the admin shows to anybody: its sign-in page, and the words of its scripts.
OPEN_IN_ADMIN = re.compile(r"^/admin/(login/|jsi18n/|logout/)")


def routes() -> list[dict[str, Any]]:
    printed = StringIO()
    call_command("show_routes", json=True, stdout=printed)
    listed: list[dict[str, Any]] = json.loads(printed.getvalue())
    return listed


def sample_of(path: str) -> str:
    """Return an address that a pattern matches."""
    filled = re.sub(r"<(\w+):\w+>", lambda found: SAMPLES.get(found[1], "x"), path)
    return re.sub(r"<\w+>|\(\?P<\w+>[^)]*\)", "x", filled).rstrip("$")


@pytest.mark.django_db
def test_nobody_unknown_gets_past_an_address_that_is_not_public() -> None:
    guarded = [route for route in routes() if route["policy"] not in ("public", "AllowAny")]
    http = [route for route in guarded if route["method"] != "WS"]
    client = Client()

    let_in = [
        f"{route['method']} {route['path']}"
        for route in http
        if not OPEN_IN_ADMIN.match(route["path"])
        and _status(client, route) not in (302, 401, 403, 404, 405)
    ]

    assert len(http) > 100
    assert let_in == []


@pytest.mark.django_db
def test_an_api_address_asks_the_unknown_for_a_key() -> None:
    api = [route for route in routes() if route["policy"] == "IsAuthenticated"]
    client = Client()

    statuses = {route["path"]: _status(client, route) for route in api}

    assert set(statuses.values()) == {401}


def _status(client: Client, route: dict[str, Any]) -> int:
    method = "GET" if route["method"] == "ANY" else route["method"]
    reply = client.generic(method, sample_of(route["path"]), b"{}", content_type="application/json")
    return reply.status_code
