"""What is said of walls that are not proven, and who listens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from execution.sandbox import supervisor
from execution.sandbox.supervisor import SandboxConfig
from execution.services import isolation

PROVEN = {"required": True, "proven": True, "detail": "held"}
MISSING = {"required": True, "proven": False, "detail": "open"}
OPTIONAL = {"required": False, "proven": False, "detail": "open"}
GOOD: dict[str, Any] = {"ok": True, "layers": {"seccomp": PROVEN}, "problem": ""}
BAD: dict[str, Any] = {
    "ok": False,
    "layers": {"seccomp": PROVEN, "landlock": MISSING, "write_xor_execute": OPTIONAL},
    "problem": "required layers are not proven: landlock",
}


@pytest.fixture
def as_configured() -> Iterator[None]:
    """Configure this process's sandbox, after the test, as every process does when it starts."""
    yield
    apps.get_app_config("execution").ready()


def report_from(client: redis.Redis, **reports: dict[str, Any]) -> None:
    client.delete(isolation.KEY)
    for machine, report in reports.items():
        client.hset(isolation.KEY, machine, json.dumps(report))


def test_before_any_worker_reported_requests_wait_in_the_queue(redis_client: redis.Redis) -> None:
    report_from(redis_client)

    isolation.require_a_proven_worker()


def test_one_machine_with_its_walls_is_enough(redis_client: redis.Redis) -> None:
    report_from(redis_client, one=BAD, other=GOOD)

    isolation.require_a_proven_worker()


def test_where_no_machine_has_its_walls_the_missing_ones_are_named(
    redis_client: redis.Redis,
) -> None:
    report_from(redis_client, one=BAD, other=BAD)

    with pytest.raises(isolation.IsolationNotProven) as refused:
        isolation.require_a_proven_worker()

    assert refused.value.details["missing"] == ["landlock"]


def test_a_jail_that_does_not_start_at_all_says_why(
    as_configured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("execution.sandbox.jail.LIBRARIES", ("numpy", "no_such_library"))
    supervisor.configure(SandboxConfig(profile="namespaces"))

    with pytest.raises(isolation.IsolationNotProven) as refused:
        isolation.require_isolation()

    assert "no_such_library" in refused.value.message


@pytest.mark.sandbox
def test_a_required_wall_that_nobody_knows_is_not_proven(as_configured: None) -> None:
    required = frozenset({"seccomp", "secomp"})
    supervisor.configure(SandboxConfig(profile="namespaces", required_layers=required))

    with pytest.raises(isolation.IsolationNotProven) as refused:
        isolation.require_isolation()

    assert refused.value.details["missing"] == ["secomp"]


def test_a_profile_that_there_is_not_is_refused_at_the_start(settings: Settings) -> None:
    settings.SANDBOX_PROFILE = "host"

    with pytest.raises(ImproperlyConfigured, match="'host'; write namespaces or container"):
        apps.get_app_config("execution").ready()
