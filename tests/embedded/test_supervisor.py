"""What dies is started again, at once the first time and later and later after that."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from signalhub.embedded.processes import ManagedProcess
from signalhub.embedded.supervisor import HEALTHY_AFTER_SECONDS, Supervisor
from tests.embedded.conftest import MakeProgram
from tests.embedded.test_processes import SLEEP, wait_for


class Minutes:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time it was set to."""
        return self.now


@pytest.fixture
def clock() -> Minutes:
    return Minutes()


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
def recorded_pids() -> list[list[int]]:
    return []


@pytest.fixture
def supervisor(
    clock: Minutes, reports: list[str], recorded_pids: list[list[int]]
) -> Iterator[Supervisor]:
    def record() -> None:
        recorded_pids.append([process.pid for process in supervised.running()])

    supervised = Supervisor(on_change=record, report=reports.append, clock=clock)
    yield supervised
    supervised.stop()


def kill(process: ManagedProcess) -> None:
    os.kill(process.pid, signal.SIGKILL)
    wait_for(process.has_ended)


def test_a_killed_process_is_started_again_at_once(
    supervisor: Supervisor,
    python_program: MakeProgram,
    reports: list[str],
    recorded_pids: list[list[int]],
) -> None:
    supervisor.start([python_program(SLEEP, name="live")])
    [before] = supervisor.running()

    kill(before)
    supervisor.look_after()

    [after] = supervisor.running()
    assert after.identity.is_running()
    assert after.pid != before.pid
    assert recorded_pids[-1] == [after.pid]
    assert reports == ["live ended (signal 9); starting it again"]


def test_what_keeps_dying_waits_before_its_next_start(
    supervisor: Supervisor, python_program: MakeProgram, clock: Minutes
) -> None:
    supervisor.start([python_program(SLEEP)])
    kill(supervisor.running()[0])
    supervisor.look_after()
    kill(supervisor.running()[0])

    supervisor.look_after()
    assert supervisor.running() == []

    clock.now += 0.6
    supervisor.look_after()
    assert len(supervisor.running()) == 1
    assert supervisor.deaths() == {"example": 2}


def test_a_process_that_ran_well_is_not_held_to_earlier_deaths(
    supervisor: Supervisor, python_program: MakeProgram, clock: Minutes
) -> None:
    supervisor.start([python_program(SLEEP)])
    kill(supervisor.running()[0])
    supervisor.look_after()

    clock.now += HEALTHY_AFTER_SECONDS + 1
    kill(supervisor.running()[0])
    supervisor.look_after()

    assert supervisor.deaths() == {"example": 1}
    assert len(supervisor.running()) == 1


def test_nothing_is_settled_that_just_started(
    supervisor: Supervisor, python_program: MakeProgram, clock: Minutes
) -> None:
    supervisor.start([python_program(SLEEP)])

    assert not supervisor.is_settled()
    clock.now += 10
    assert supervisor.is_settled()


def test_what_was_started_first_ends_last(
    supervisor: Supervisor, python_program: MakeProgram, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ends = tmp_path_factory.mktemp("ends") / "order"
    say_when_ending = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    time.sleep({seconds})\n"
        "    open({path!r}, 'a').write({name!r} + ' ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    for name, seconds in (("server", 0), ("process", 0.3)):
        source = say_when_ending.format(path=str(ends), name=name, seconds=seconds)
        supervisor.start([python_program(source, name=name)])
        wait_for(lambda name=name: "ready" in supervisor.recent_log(name))  # type: ignore[misc]

    supervisor.stop()

    assert ends.read_text().split() == ["process", "server"]
