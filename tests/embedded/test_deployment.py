"""What compose, the demo and the documented environment name exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from signalhub.embedded import topology
from signalhub.embedded.topology import WebAddress

ROOT = topology.ROOT
PROCESSES = {
    "api",
    "live",
    "worker",
    "realtime",
    "relay",
    "delivery",
    "watch",
    "feed",
    "bars",
    "intake",
}
# Read by compose itself or by the demo's start, not by the settings.
READ_ELSEWHERE = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "HOST", "WEB_PORT"}
READ_ELSEWHERE |= {"CONFIG_SERVICE_URL", "CONFIG_SERVICE_API_KEY"}  # before any setting
READ_ELSEWHERE |= {"SITE_ADDRESS", "FRONT_PROXIES"}  # by the proxy


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def management_commands(command_lines: list[list[str]]) -> set[str]:
    return {
        line[position + 1]
        for line in command_lines
        for position, word in enumerate(line)
        if word.endswith("manage.py")
    }


def test_compose_runs_every_process_and_server(compose: dict[str, Any]) -> None:
    servers = {"postgres", "valkey", "seaweedfs", "migrate", "proxy"}

    assert set(compose["services"]) == PROCESSES | servers


def test_every_management_command_of_compose_exists(compose: dict[str, Any]) -> None:
    command_lines = [service.get("command", []) for service in compose["services"].values()]

    assert management_commands(command_lines) <= set(get_commands())


def test_every_management_command_of_the_demo_exists(tmp_path: Path) -> None:
    web = WebAddress(host="127.0.0.1", port=8000)
    environment = {"ENVIRONMENT": "production"}
    programs = topology.programs(environment, web=web, log_dir=tmp_path)
    command_lines = [
        *(list(program.command) for program in programs),
        *(list(command) for command in topology.preparations(environment).values()),
    ]

    assert {program.name for program in programs} == PROCESSES - {"api"} | {"ticks"}
    assert management_commands(command_lines) <= set(get_commands())


def test_files_that_the_image_and_compose_name_exist(compose: dict[str, Any]) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    proxy_mount = compose["services"]["proxy"]["volumes"][0]
    named = {
        proxy_mount.partition(":")[0],
        "manage.py",
        "signalhub/serving/api.py",
        "signalhub/asgi.py",
    }
    named |= {
        word for line in re.findall(r"^COPY (.*) \./$", dockerfile, re.M) for word in line.split()
    }

    assert "requirements.lock" in named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_variable_of_the_settings_is_documented_by_its_name() -> None:
    documented = set(
        re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.M)
    )
    reads = re.compile(r"""(?:env\.\w+|secret)\(\s*["']([A-Z][A-Z0-9_]+)["']""")
    read = {
        name
        for file in (ROOT / "signalhub/settings").glob("*.py")
        for name in reads.findall(file.read_text())
    }

    assert read - documented - {"DEMO"} == set()
    assert documented - read - READ_ELSEWHERE == set()


def test_lock_files_name_no_registry_and_every_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        packages = re.findall(r"^\S+==\S+.*?(?=^\S|\Z)", text, re.M | re.S)

        assert "://" not in text
        assert len(packages) > 50
        assert [package for package in packages if "--hash=sha256:" not in package] == []
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_the_database_role_of_compose_is_no_superuser(compose: dict[str, Any]) -> None:
    postgres = compose["services"]["postgres"]
    [mounted] = postgres["configs"]
    made = compose["configs"][mounted["source"]]["content"]

    assert "POSTGRES_USER" not in postgres["environment"]
    assert mounted["target"].startswith("/docker-entrypoint-initdb.d/")
    assert "CREATE ROLE signalhub LOGIN PASSWORD" in made
    assert "SUPERUSER" not in made
    assert "://signalhub:" in compose["x-process"]["environment"]["DATABASE_URL"]


def test_the_demo_says_of_every_process_that_it_starts_what_it_is_for(tmp_path: Path) -> None:
    said = topology.processes_in_words().splitlines()
    web = WebAddress(host="127.0.0.1", port=8000)

    started = [program.name for program in topology.programs({}, web=web, log_dir=tmp_path)]

    assert said[0].strip() == f"{len(started)} processes:"
    assert [line.split()[0] for line in said[1:]] == started
    assert all(len(line.split()) > 2 for line in said[1:])
