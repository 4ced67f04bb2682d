"""`make stop` ends exactly what the demo recorded or marked, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from signalhub.embedded.identity import INSTALLATION_VARIABLE
from signalhub.embedded.records import (
    SUPERVISOR,
    DemoPaths,
    installation_mark,
    write_identities,
    write_summary,
)
from signalhub.embedded.stop import stop_demo
from tests.embedded.conftest import MakeProgram, StartProgram
from tests.embedded.test_processes import SLEEP

ADDRESSES = {"DATABASE_URL": "postgres://d", "REDIS_URL": "redis://r", "S3_ENDPOINT": "http://s"}


@pytest.fixture
def paths(tmp_path: Path) -> DemoPaths:
    return DemoPaths(tmp_path / "var")


def test_stopping_ends_the_recorded_processes_and_forgets_them(
    paths: DemoPaths, python_program: MakeProgram, start: StartProgram
) -> None:
    process = start(python_program(SLEEP))
    write_identities(paths, {SUPERVISOR: process.identity})
    write_summary(paths, urls={}, environment=ADDRESSES, pids={SUPERVISOR: process.pid})

    ended = stop_demo(paths)

    assert ended == 1
    assert not process.identity.is_running()
    assert not paths.summary.exists()


def test_a_process_that_only_has_a_recorded_number_is_left_alone(
    paths: DemoPaths, python_program: MakeProgram, start: StartProgram
) -> None:
    stranger = start(python_program(SLEEP))
    gone = replace(stranger.identity, started_ticks=stranger.identity.started_ticks - 1)
    write_identities(paths, {SUPERVISOR: gone, "live": gone})

    ended = stop_demo(paths)

    assert ended == 0
    assert stranger.identity.is_running()


def test_what_a_killed_process_left_behind_is_found_by_its_mark(
    paths: DemoPaths, python_program: MakeProgram, start: StartProgram
) -> None:
    mark = installation_mark(paths)
    orphan = start(python_program(SLEEP, **{INSTALLATION_VARIABLE: mark}))

    stop_demo(paths)

    assert not orphan.identity.is_running()


def test_stopping_twice_is_fine(paths: DemoPaths) -> None:
    assert stop_demo(paths) == 0
    assert stop_demo(paths) == 0
