"""A wall that falls while scripts run: nothing new begins, what began ends, somebody is told."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from execution.sandbox import process_wide
from execution.sandbox.layers import REQUIRED
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.process_wide import ProcessWide
from execution.sandbox.reads import ReadReply, ReadRequest
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox, SandboxConfig, SandboxUnavailable
from execution.sandbox.zygote_process import ZygoteProcess
from tests.sandbox.harness import CLOCK, answer_as_ada

pytestmark = pytest.mark.sandbox

CONTAINER = SandboxConfig(profile="container")
# In a container of its own no guest has this, so requiring it is as good as its falling.
FALLEN = "network_namespace"
READS = "get_market_data(bars=3)\nresult = 6 * 7"
LIMITS = SandboxLimits(wall_seconds=60.0)


class SlowReads:
    """Answers a read when it is told to, so that a run is as long as a test needs it."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.may_answer = threading.Event()

    def __call__(self, request: ReadRequest) -> ReadReply:
        self.asked.set()
        assert self.may_answer.wait(60)
        return answer_as_ada(request)


@pytest.fixture
def heard() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def process(heard: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessWide]:
    """Return a process's sandbox that tries again at once."""
    monkeypatch.setattr(process_wide, "REFUSAL_SECONDS", 0.0)
    owner = ProcessWide(CONTAINER, heard.append)
    yield owner
    owner.stop()


def run(sandbox: Sandbox, answer_read: Any = answer_as_ada) -> SandboxResult:
    return sandbox.run(READS, context={"timestamp": CLOCK}, limits=LIMITS, answer_read=answer_read)


def let_a_wall_fall(sandbox: Sandbox) -> None:
    """Have the zygote at work, and no later one, be without a wall that is required of it."""
    shift = sandbox.shift
    shift.config = replace(
        shift.config, required_layers=frozenset({*REQUIRED["container"], FALLEN})
    )


def has_ended(zygote: ZygoteProcess) -> bool:
    return not zygote.is_alive


@pytest.fixture
def running(process: ProcessWide) -> Iterator[tuple[SlowReads, Future[SandboxResult]]]:
    """Return a run that has begun and ends when its read is answered."""
    reads = SlowReads()
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(run, process.get(), reads)
        assert reads.asked.wait(60)
        try:
            yield reads, result
        finally:
            reads.may_answer.set()


def test_a_process_whose_wall_falls_takes_no_run_and_hears_those_that_began_to_their_end(
    process: ProcessWide, running: tuple[SlowReads, Future[SandboxResult]]
) -> None:
    reads, result = running
    sandbox = process.get()
    zygote = sandbox.zygote
    let_a_wall_fall(sandbox)

    report = process.report(probe_first=True)

    assert report["ok"] is False
    with pytest.raises(SandboxUnavailable, match=FALLEN):
        process.get()
    assert not has_ended(zygote)
    reads.may_answer.set()
    assert result.result(60).outputs[0]["value"] == 42
    assert has_ended(zygote)
    assert sandbox.is_drained


def test_the_report_of_a_quarantine_names_the_wall_the_remedy_and_the_time(
    process: ProcessWide, running: tuple[SlowReads, Future[SandboxResult]]
) -> None:
    let_a_wall_fall(process.get())

    report = process.report(probe_first=True)

    assert report["layers"][FALLEN]["proven"] is False
    assert "SANDBOX_PROFILE=host" in report["layers"][FALLEN]["remedy"]
    assert report["quarantined_at"].endswith("+00:00")
    assert FALLEN in report["problem"]


def test_a_quarantine_is_announced_at_once_and_once(
    process: ProcessWide,
    running: tuple[SlowReads, Future[SandboxResult]],
    heard: list[dict[str, Any]],
) -> None:
    let_a_wall_fall(process.get())

    process.report(probe_first=True)
    process.report(probe_first=True)

    [announced] = heard
    assert announced["ok"] is False
    assert announced["layers"][FALLEN]["proven"] is False
    assert announced["quarantined_at"] is not None


def test_a_quarantine_ends_when_a_sandbox_started_anew_is_proven(
    process: ProcessWide, heard: list[dict[str, Any]]
) -> None:
    before = process.get().zygote.pid
    let_a_wall_fall(process.get())
    process.report(probe_first=True)

    report = process.report(probe_first=True)

    assert report["ok"] is True
    assert report["quarantined_at"] is None
    assert process.get().zygote.pid != before
    assert run(process.get()).status == "ok"
    assert [entry["ok"] for entry in heard] == [False, True]


def test_a_quarantine_lasts_while_the_wall_is_missing(
    process: ProcessWide, heard: list[dict[str, Any]]
) -> None:
    process.get()
    process.config = replace(CONTAINER, required_layers=frozenset({FALLEN}))
    let_a_wall_fall(process.get())
    first = process.report(probe_first=True)

    later = process.report(probe_first=True)

    assert later["ok"] is False
    assert later["quarantined_at"] == first["quarantined_at"]
    assert len(heard) == 1


def test_a_process_that_never_had_its_walls_is_refused_but_not_quarantined(
    heard: list[dict[str, Any]],
) -> None:
    process = ProcessWide(replace(CONTAINER, required_layers=frozenset({FALLEN})), heard.append)

    report = process.report(probe_first=True)

    assert report["ok"] is False
    assert report["quarantined_at"] is None
    assert heard == []


def test_a_zygote_that_dies_is_replaced_without_a_quarantine(
    process: ProcessWide, heard: list[dict[str, Any]]
) -> None:
    os.kill(process.get().zygote.pid, signal.SIGKILL)

    assert run(process.get()).status == "ok"
    assert process.report(probe_first=True)["ok"] is True
    assert heard == []


def test_a_zygote_that_is_taken_out_of_its_control_group_is_noticed() -> None:
    required = frozenset({*REQUIRED["container"], "cgroup_memory"})
    with Sandbox(CONTAINER) as probing:
        if not probing.layers["cgroup_memory"].proven:
            pytest.skip(probing.layers["cgroup_memory"].detail)
    with Sandbox(replace(CONTAINER, required_layers=required)) as sandbox:
        group = sandbox.zygote.room.group
        assert group is not None
        for folder in group.place.outside().folders:
            (folder / "cgroup.procs").write_text(str(sandbox.zygote.pid))

        with pytest.raises(SandboxUnavailable) as fallen:
            sandbox.probe_again()

    assert fallen.value.missing == ["cgroup_memory"]
    assert "not in its group" in fallen.value.layers["cgroup_memory"].detail
