"""An installation behind an API gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User

SECRET = "the secret that the gateway shows, forty characters"
NEXT_SECRET = "the secret that takes its place, forty characters"
GATEWAY = "10.1.2.3"

AsGateway = Callable[..., Any]


@pytest.fixture
def edge(settings: Settings) -> Settings:
    settings.EDGE_TRUST = True
    settings.GATEWAY_SECRETS = [SECRET, NEXT_SECRET]
    settings.GATEWAY_ALLOWED_NETWORKS = ["10.1.0.0/16", "fd00:5::/64"]
    return settings


@pytest.fixture
def as_gateway(edge: Settings) -> AsGateway:
    """Return a function that asks as the gateway does; what is given replaces what it says."""

    def ask(
        user: User | str | None = None,
        path: str = "/scripts",
        *,
        method: str = "GET",
        peer: str = GATEWAY,
        secret: str | None = SECRET,
        roles: str | None = None,
        client: Client | None = None,
        headers: dict[str, str] | None = None,
        body: Any = None,
    ) -> Any:
        sent = {
            "X-User-ID": str(user.pk) if isinstance(user, User) else user,
            "X-Gateway-Secret": secret,
            "X-User-Roles": roles,
            **(headers or {}),
        }
        return (client or Client()).generic(
            method,
            path,
            b"" if body is None else body,
            content_type="application/json",
            headers={name: value for name, value in sent.items() if value is not None},
            REMOTE_ADDR=peer,
        )

    return ask
