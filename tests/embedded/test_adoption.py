from __future__ import annotations

import json
from pathlib import Path

import pytest

from signalhub.embedded.records import (
    DemoPaths,
    adopt_environment,
    remove_records,
    write_environment,
    write_summary,
)

OURS = {
    "DATABASE_URL": "postgres://demo@127.0.0.1:1/demo",
    "REDIS_URL": "redis://127.0.0.1:2/0",
    "S3_ENDPOINT": "http://127.0.0.1:3",
    "S3_SECRET_KEY": "s3-secret",
    "SECRET_KEY": "demo-secret",
    "PATH": "/usr/bin",
}


@pytest.fixture
def running_demo(tmp_path: Path) -> DemoPaths:
    paths = DemoPaths(tmp_path)
    paths.data.mkdir(parents=True)
    write_environment(paths, OURS)
    write_summary(paths, urls={}, environment=OURS, pids={})
    return paths


def test_a_command_works_on_the_demo_that_runs(running_demo: DemoPaths) -> None:
    environ: dict[str, str] = {}

    adopt_environment(running_demo, environ)

    assert environ == {name: value for name, value in OURS.items() if name != "PATH"}


def test_what_was_given_stays(running_demo: DemoPaths) -> None:
    environ = {"DATABASE_URL": OURS["DATABASE_URL"], "REDIS_URL": "redis://elsewhere/0"}

    adopt_environment(running_demo, environ)

    assert environ["REDIS_URL"] == "redis://elsewhere/0"
    assert environ["SECRET_KEY"] == "demo-secret"


def test_another_database_is_another_installation(running_demo: DemoPaths) -> None:
    environ = {"DATABASE_URL": "postgres://production/hub"}

    adopt_environment(running_demo, environ)

    assert environ == {"DATABASE_URL": "postgres://production/hub"}


def test_nothing_is_adopted_from_a_demo_that_ended(running_demo: DemoPaths) -> None:
    remove_records(running_demo)
    environ: dict[str, str] = {}

    adopt_environment(running_demo, environ)

    assert environ == {}
    assert not running_demo.environment.exists()


def test_only_its_owner_may_read_the_secrets(running_demo: DemoPaths) -> None:
    assert running_demo.environment.stat().st_mode & 0o077 == 0
    assert json.loads(running_demo.environment.read_text())["SECRET_KEY"] == "demo-secret"
