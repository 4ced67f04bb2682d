"""What a refusal over HTTP looks like, and that it left nothing behind."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from rest_framework.test import APIClient

from accounts.models import User

NOT_STORABLE = ('{"a": NaN}', '{"a": 1e999}', r'{"a": "\ud800"}', r'{"a": ["\u0000"]}')  # as JSON


def as_user(user: User) -> APIClient:
    """Return a client that is signed in."""
    client = APIClient()
    client.force_authenticate(user)
    return client


def post(user: User, path: str, body: Any = None, **headers: str) -> Any:
    """Send JSON as somebody."""
    given = {} if body is None else body
    return as_user(user).post(path, given, format="json", headers=headers)


def assert_problem(
    reply: Any, status: int, code: str | None = None, field: str | None = None
) -> Any:
    """Return the body of a reply after checking that it is a problem that names what is wrong."""
    body = reply.json()
    assert reply.status_code == status, body
    assert reply["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "code", "detail"} <= body.keys()
    assert body["status"] == status
    assert body["detail"]
    if code is not None:
        assert body["code"] == code, body
    if field is not None:
        errors = body.get("errors", [])
        named = {body.get("field"), *(error["field"] for error in errors)}
        assert field in named, body
    return body


def row_counts() -> dict[str, int]:
    """Return how many rows every table has."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.managed
    }
