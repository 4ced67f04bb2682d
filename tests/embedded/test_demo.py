"""The demo as a person runs it: it starts, recovers from kills, and ends without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from signalhub.embedded.identity import ProcessIdentity, processes_of_installation
from signalhub.embedded.readiness import answers
from signalhub.embedded.records import DemoPaths, installation_mark
from signalhub.embedded.topology import ROOT
from tests.embedded.conftest import ADDRESS_VARIABLES
from tests.embedded.test_processes import wait_for

pytestmark = pytest.mark.flow

PROCESSES = {
    "live",
    "worker",
    "realtime",
    "relay",
    "delivery",
    "watch",
    "feed",
    "bars",
    "intake",
    "ticks",
}
SERVERS = {"postgres", "valkey", "seaweedfs"}


@dataclass(frozen=True)
class DemoCommand:
    """The demo's command line, with a folder of its own for everything it writes."""

    var: Path

    @property
    def paths(self) -> DemoPaths:
        """Return where it writes."""
        return DemoPaths(self.var)

    def environment(self) -> dict[str, str]:
        """Return an environment that names no server."""
        outer = {name: text for name, text in os.environ.items() if name not in ADDRESS_VARIABLES}
        return {**outer, "VAR_DIR": str(self.var), "DJANGO_SETTINGS_MODULE": BASE_SETTINGS}

    def argv(self, *arguments: str) -> list[str]:
        """Return the command line."""
        return [sys.executable, "-m", "signalhub.embedded", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            self.argv(*arguments),
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )

    def summary(self) -> dict[str, Any]:
        """Return what the demo says about itself."""
        loaded: dict[str, Any] = json.loads(self.paths.summary.read_text())
        return loaded

    def is_ready(self) -> bool:
        """Return whether it answers."""
        return answers(f"{self.summary()['urls']['web']}/health/ready")

    def left_over(self) -> list[ProcessIdentity]:
        """Return the processes that carry its mark."""
        return list(processes_of_installation(installation_mark(self.paths)))


BASE_SETTINGS = "signalhub.settings.base"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCommand]:
    command = DemoCommand(tmp_path_factory.mktemp("demo") / "var")
    started = command.run("demo", "--detach")
    assert started.returncode == 0, started.stdout
    yield command
    command.run("stop")


def kill(demo: DemoCommand, name: str) -> int:
    pid: int = demo.summary()["pids"][name]
    os.kill(pid, signal.SIGKILL)
    return pid


def has_new_pid(demo: DemoCommand, name: str, *, old: int) -> Callable[[], bool]:
    return lambda: demo.summary()["pids"].get(name, old) != old


def test_it_says_where_everything_is(demo: DemoCommand) -> None:
    summary = demo.summary()

    assert set(summary) == {
        "urls",
        "database_url",
        "redis_url",
        "s3_endpoint",
        "log_dir",
        "pids",
    }
    assert set(summary["pids"]) == {"supervisor"} | PROCESSES | SERVERS
    assert all(ProcessIdentity.of(pid).is_running() for pid in summary["pids"].values())
    assert set(summary["urls"]) == {"web", "live", "ws"}
    assert demo.is_ready()


def test_a_second_start_says_that_it_runs_already(demo: DemoCommand) -> None:
    pids = demo.summary()["pids"]

    again = demo.run("demo", "--detach")

    assert again.returncode == 0
    assert "running already" in again.stdout
    assert demo.summary()["pids"] == pids


def test_a_killed_live_process_recovers_by_itself(demo: DemoCommand) -> None:
    killed = kill(demo, "live")

    wait_for(has_new_pid(demo, "live", old=killed), seconds=15)
    wait_for(demo.is_ready, seconds=30)


def test_a_killed_database_recovers_by_itself(demo: DemoCommand) -> None:
    killed = kill(demo, "postgres")

    wait_for(has_new_pid(demo, "postgres", old=killed), seconds=30)
    wait_for(demo.is_ready, seconds=60)


def test_a_demo_whose_supervisor_was_killed_is_cleaned_up_by_the_next_start(
    demo: DemoCommand,
) -> None:
    before = set(demo.left_over())
    kill(demo, "supervisor")

    again = demo.run("demo", "--detach")

    assert again.returncode == 0, again.stdout
    assert demo.is_ready()
    assert before.isdisjoint(demo.left_over())


def test_stopping_leaves_nothing_behind_and_can_be_repeated(demo: DemoCommand) -> None:
    stopped = demo.run("stop")
    again = demo.run("stop")

    assert stopped.returncode == again.returncode == 0
    assert "nothing was running" in again.stdout
    assert demo.left_over() == []
    assert not demo.paths.summary.exists()


def test_ctrl_c_ends_a_demo_in_the_foreground(demo: DemoCommand) -> None:
    with subprocess.Popen(
        demo.argv("demo"),
        cwd=ROOT,
        env=demo.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as foreground:
        assert foreground.stdout is not None
        said = []
        for line in foreground.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                foreground.send_signal(signal.SIGINT)
        status = foreground.wait(timeout=60)

    assert status == 0, "".join(said)
    assert demo.left_over() == []
    assert not demo.paths.summary.exists()


def test_a_step_that_fails_is_shown_and_nothing_stays(tmp_path: Path) -> None:
    command = DemoCommand(tmp_path / "var")
    environment = {**command.environment(), "DJANGO_SETTINGS_MODULE": "no.such.settings"}

    outcome = subprocess.run(
        command.argv("demo", "--detach"),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert outcome.returncode == 1
    assert "No module named 'no'" in outcome.stdout
    assert command.left_over() == []
