"""Small programs to start, and a folder of servers nobody else uses."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from signalhub.embedded.processes import ManagedProcess, Program

# Which server the surrounding run uses must not decide what these tests see.
ADDRESS_VARIABLES = frozenset(
    {"DATABASE_URL", "REDIS_URL", "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_BUCKET"}
)

MakeProgram = Callable[..., Program]
StartProgram = Callable[[Program], ManagedProcess]


@pytest.fixture
def no_addresses() -> Mapping[str, str]:
    """Return this environment without any server in it."""
    return {name: text for name, text in os.environ.items() if name not in ADDRESS_VARIABLES}


@pytest.fixture
def python_program(tmp_path: Path, no_addresses: Mapping[str, str]) -> MakeProgram:
    """Return a function that describes a program of a few lines of Python."""

    def make(source: str, *, name: str = "example", **environment: str) -> Program:
        return Program(
            name=name,
            command=(sys.executable, "-c", source),
            log_path=tmp_path / f"{name}.log",
            environment={**no_addresses, **environment},
            working_directory=tmp_path,
            stop_seconds=5,
        )

    return make


@pytest.fixture
def start() -> Iterator[StartProgram]:
    """Return a function that starts a program, which ends with the test."""
    started: list[ManagedProcess] = []

    def start_one(program: Program) -> ManagedProcess:
        started.append(ManagedProcess(program))
        return started[-1]

    yield start_one
    for process in started:
        process.stop()
