"""A child is started, ends with all it started, and cannot outlive its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from signalhub.embedded.identity import (
    INSTALLATION_VARIABLE,
    ProcessIdentity,
    processes_of_installation,
)
from signalhub.embedded.processes import NotReadyInTime, ProcessEnded
from tests.embedded.conftest import MakeProgram, StartProgram

SLEEP = "import time; time.sleep(600)"
IGNORE_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP
START_A_CHILD = (
    "import subprocess, sys, time; "
    "child = subprocess.Popen(['sleep', '600']); "
    "print(child.pid, flush=True); time.sleep(600)"
)


def wait_for(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_stopped_process_is_gone(python_program: MakeProgram, start: StartProgram) -> None:
    process = start(python_program(SLEEP))

    status = process.stop()

    assert status == -signal.SIGTERM
    assert not process.identity.is_running()


def test_a_process_that_ignores_the_signal_is_killed(
    python_program: MakeProgram, start: StartProgram, tmp_path: Path
) -> None:
    program = python_program(f"open('ready', 'w'); {IGNORE_SIGTERM}")
    process = start(program)
    # The file says only that Python runs; the handler is set right after it.
    wait_for((tmp_path / "ready").exists)
    time.sleep(0.2)

    status = process.stop()

    assert status == -signal.SIGKILL


def test_stopping_also_ends_what_the_process_started(
    python_program: MakeProgram, start: StartProgram
) -> None:
    process = start(python_program(START_A_CHILD))
    wait_for(lambda: process.recent_log() != "")
    child = ProcessIdentity.of(int(process.recent_log()))

    os.kill(process.pid, signal.SIGKILL)
    wait_for(process.has_ended)
    process.stop()

    wait_for(lambda: not child.is_running())


def test_a_process_that_ends_while_starting_shows_its_log(
    python_program: MakeProgram, start: StartProgram
) -> None:
    process = start(python_program("raise SystemExit('the disk is full')"))

    with pytest.raises(ProcessEnded, match="the disk is full"):
        process.wait_until(lambda: False, seconds=20)


def test_a_process_that_never_answers_is_given_up(
    python_program: MakeProgram, start: StartProgram
) -> None:
    process = start(python_program(SLEEP))

    with pytest.raises(NotReadyInTime):
        process.wait_until(lambda: False, seconds=0.1)


def test_a_child_ends_when_its_parent_is_killed(
    python_program: MakeProgram, tmp_path: Path
) -> None:
    parent_source = f"""
import os, sys, time
from pathlib import Path
from signalhub.embedded.processes import ManagedProcess, Program
child = ManagedProcess(Program(
    name="child", command=(sys.executable, "-c", "{SLEEP}"), log_path=Path("child.log"),
    environment=os.environ, working_directory=Path(".")))
child.wait_until(lambda: b"launch.py" not in Path(f"/proc/{{child.pid}}/cmdline").read_bytes(),
                 seconds=10)
print(child.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", parent_source],
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        text=True,
    ) as parent:
        assert parent.stdout is not None
        child = ProcessIdentity.of(int(parent.stdout.readline()))

        parent.kill()

        wait_for(lambda: not child.is_running())


def test_a_later_process_with_the_same_number_is_somebody_else() -> None:
    mine = ProcessIdentity.of(os.getpid())
    earlier = ProcessIdentity(
        pid=mine.pid, started_ticks=mine.started_ticks - 1, boot_id=mine.boot_id
    )
    before_the_restart = ProcessIdentity(
        pid=mine.pid, started_ticks=mine.started_ticks, boot_id="another boot"
    )

    assert mine.is_running()
    assert not earlier.is_running()
    assert not before_the_restart.is_running()


def test_processes_are_found_by_the_mark_of_their_installation(
    python_program: MakeProgram, start: StartProgram
) -> None:
    marked = start(python_program(SLEEP, **{INSTALLATION_VARIABLE: "the-mark"}))
    start(python_program(SLEEP, name="other", **{INSTALLATION_VARIABLE: "another-mark"}))

    # The kernel fills in a new program's environment a moment after it started it.
    until = time.monotonic() + 10
    while not (found := list(processes_of_installation("the-mark"))) and time.monotonic() < until:
        time.sleep(0.05)

    assert found == [marked.identity]
