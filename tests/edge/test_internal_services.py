"""Services with the internal key: from their networks, and with one key under one name."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from pytest_django import Settings

from accounts import edge_trust
from registry.api.internal_key import InternalServiceOnly
from tests.api.test_document import api_views
from tests.problems import assert_problem

pytestmark = pytest.mark.django_db
KEY = "known to services and to nobody else"
DOOR = "/api/v1/integration/verify-execution-token"
OTHER_DOORS = {"/metrics"}


@pytest.fixture
def services(settings: Settings) -> Settings:
    settings.INTERNAL_API_KEY = KEY
    settings.INTERNAL_ALLOWED_NETWORKS = ["10.7.0.0/16"]
    return settings


def ask(peer: str = "10.7.0.1", **headers: str) -> Any:
    sent = {"X-Internal-API-Key": KEY, **headers}
    return Client().post(
        DOOR, b"{}", content_type="application/json", headers=sent, REMOTE_ADDR=peer
    )


def test_a_service_gets_in_from_its_network_with_the_key(services: Settings) -> None:
    assert ask().status_code == 422


@pytest.mark.parametrize("peer", ["10.8.0.1", "127.0.0.1", ""])
def test_the_network_comes_before_the_key(services: Settings, peer: str) -> None:
    assert_problem(ask(peer), 403, "internal_key_required")


@pytest.mark.parametrize("key", ["", "wrong", f"{KEY},{KEY}", KEY[:-1], "ü", "x" * 60_000])
def test_another_key_is_refused(services: Settings, key: str) -> None:
    assert_problem(ask(**{"X-Internal-API-Key": key}), 403, "internal_key_required")


def test_production_without_networks_lets_no_service_in(services: Settings) -> None:
    services.INTERNAL_ALLOWED_NETWORKS = []
    assert ask("192.0.2.1").status_code == 422

    services.PRODUCTION = True
    assert_problem(ask("192.0.2.1"), 403, "internal_key_required")


def test_a_service_is_not_the_gateway_as_well(services: Settings) -> None:
    both = {"X-Gateway-Secret": "any", "X-User-ID": "1"}
    assert ask(**both).status_code == 422

    services.EDGE_TRUST = True
    assert_problem(ask(**both), 403, "internal_key_required")


def test_every_view_of_the_api_is_behind_one_door() -> None:
    assert get_resolver().url_patterns
    services: set[str] = set()
    people: set[str] = set()
    for path, view in api_views():
        is_service = InternalServiceOnly in view.permission_classes
        (services if is_service else people).add(path)

    assert len(services) >= 4
    assert [path for path in services if edge_trust.is_behind_gateway(path)] == []
    assert {path for path in people if not edge_trust.is_behind_gateway(path)} <= {
        "/api/v1/signals",
        "/api/v2/signals",
    }
