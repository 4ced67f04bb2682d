"""What is said of walls that are not proven, and who listens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings
from structlog.testing import capture_logs

from execution.sandbox import supervisor
from execution.sandbox.supervisor import SandboxConfig
from execution.services import isolation
from signalhub import health

PROVEN = {"required": True, "proven": True, "detail": "held", "remedy": "a newer kernel"}
MISSING = {"required": True, "proven": False, "detail": "open", "remedy": "a newer kernel"}
OPTIONAL = {"required": False, "proven": False, "detail": "open", "remedy": "a newer kernel"}
GOOD: dict[str, Any] = {
    "ok": True,
    "profile": "host",
    "layers": {"seccomp": PROVEN},
    "problem": "",
    "quarantined_at": None,
}
BAD: dict[str, Any] = {
    "ok": False,
    "profile": "host",
    "layers": {"seccomp": PROVEN, "landlock_files": MISSING, "write_xor_execute": OPTIONAL},
    "problem": "required layers are not proven: landlock_files",
    "quarantined_at": "2026-01-01T12:00:00+00:00",
}


@pytest.fixture
def as_configured() -> Iterator[None]:
    """Configure this process's sandbox, after the test, as every process does when it starts."""
    yield
    apps.get_app_config("execution").ready()


@pytest.fixture
def nobody_reported(redis_client: redis.Redis) -> None:
    redis_client.delete(isolation.KEY)


def report_from(**reports: dict[str, Any]) -> None:
    for machine, report in reports.items():
        isolation.store_report(machine, report)


@pytest.mark.usefixtures("nobody_reported")
def test_before_any_worker_reported_requests_wait_in_the_queue() -> None:
    isolation.require_a_proven_worker()


@pytest.mark.usefixtures("nobody_reported")
def test_one_machine_with_its_walls_is_enough() -> None:
    report_from(one=BAD, other=GOOD)

    isolation.require_a_proven_worker()


@pytest.mark.usefixtures("nobody_reported")
def test_where_no_machine_has_its_walls_the_missing_ones_are_named() -> None:
    report_from(one=BAD, other=BAD)

    with pytest.raises(isolation.IsolationNotProven) as refused:
        isolation.require_a_proven_worker()

    assert refused.value.details["missing"] == ["landlock_files"]


@pytest.mark.usefixtures("nobody_reported")
def test_a_machine_that_went_away_is_forgotten_while_others_go_on(
    redis_client: redis.Redis,
) -> None:
    report_from(gone=BAD, other=GOOD)
    assert redis_client.ttl(isolation.key_of("gone")) > 0

    # As after its time is up.
    redis_client.delete(isolation.key_of("gone"))

    assert set(isolation.known_reports()) == {"other"}
    assert redis_client.smembers(isolation.KEY) == {b"other"}


@pytest.mark.usefixtures("nobody_reported")
def test_each_machine_has_its_own_expiry(redis_client: redis.Redis) -> None:
    report_from(early=GOOD)
    redis_client.expire(isolation.key_of("early"), 5)

    report_from(late=GOOD)

    assert redis_client.ttl(isolation.key_of("early")) <= 5
    assert redis_client.ttl(isolation.key_of("late")) > 5


@pytest.mark.django_db
@pytest.mark.usefixtures("nobody_reported")
def test_health_names_the_layer_and_how_to_get_it() -> None:
    report_from(one=BAD)

    said = health.report()["sandbox"]

    assert said.ok is False
    assert "one: not proven: landlock_files. Use Linux 5.13" in said.detail
    assert "Quarantined since 2026-01-01T12:00:00" in said.detail


@pytest.mark.django_db
@pytest.mark.usefixtures("nobody_reported")
def test_a_quarantined_process_is_reported_beside_its_machine_and_alerted() -> None:
    report_from(machine=GOOD)

    with capture_logs() as logs:
        isolation.announce_change(BAD)

    [alert] = [entry for entry in logs if entry["event"] == "isolation_quarantine"]
    [quarantined] = set(isolation.known_reports()) - {"machine"}
    assert alert["log_level"] == "error"
    assert alert["missing"] == ["landlock_files"]
    assert "Linux 5.13" in alert["remedies"]["landlock_files"]
    assert "(process " in quarantined
    assert health.report()["sandbox"].ok is False


@pytest.mark.usefixtures("nobody_reported")
def test_a_process_that_is_proven_again_takes_its_report_back() -> None:
    report_from(machine=GOOD)
    isolation.announce_change(BAD)

    with capture_logs() as logs:
        isolation.announce_change(GOOD)

    assert set(isolation.known_reports()) == {"machine"}
    assert logs == []


def test_a_jail_that_does_not_start_at_all_says_why(
    as_configured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("execution.sandbox.jail.LIBRARIES", ("numpy", "no_such_library"))
    supervisor.configure(SandboxConfig(profile="host"))

    with pytest.raises(isolation.IsolationNotProven) as refused:
        isolation.require_isolation()

    assert "no_such_library" in refused.value.message


@pytest.mark.sandbox
def test_a_required_wall_that_is_not_there_is_named_with_its_remedy(as_configured: None) -> None:
    required = frozenset({"seccomp", "network_namespace"})
    supervisor.configure(SandboxConfig(profile="container", required_layers=required))

    with pytest.raises(isolation.IsolationNotProven) as refused:
        isolation.require_isolation()

    assert refused.value.details["missing"] == ["network_namespace"]
    assert "SANDBOX_PROFILE=host" in refused.value.details["remedies"]["network_namespace"]


def test_a_profile_that_there_is_not_is_refused_at_the_start(settings: Settings) -> None:
    settings.SANDBOX_PROFILE = "fortress"

    with pytest.raises(ImproperlyConfigured, match="'fortress'; write host or container or gvisor"):
        apps.get_app_config("execution").ready()


def test_a_required_wall_that_nobody_knows_is_refused_at_the_start(settings: Settings) -> None:
    settings.SANDBOX_REQUIRED_LAYERS = ["seccomp", "secomp"]

    with pytest.raises(ImproperlyConfigured, match=r"SANDBOX_REQUIRED_LAYERS.*'secomp'"):
        apps.get_app_config("execution").ready()


def test_the_settings_decide_how_this_process_isolates(
    settings: Settings, as_configured: None
) -> None:
    settings.SANDBOX_PROFILE = "container"
    settings.SANDBOX_REQUIRED_LAYERS = ["-landlock"]
    settings.SANDBOX_RENEW_AFTER_RUNS = 7

    apps.get_app_config("execution").ready()

    config = supervisor.configuration()
    assert config.profile == "container"
    assert "landlock_files" not in config.required_by("container")
    assert "seccomp" in config.required_by("container")
    assert config.renew_after_runs == 7
