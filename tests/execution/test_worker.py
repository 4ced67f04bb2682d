"""The worker as it runs in production: what is killed of it comes back, and all of it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from accounts.models import Tier, User
from common.canonical import digest
from common.clock import utc_now
from execution import liveness, queue
from execution.models import Execution
from execution.services.limits import limits_of
from execution.services.requests import RunRequest, request_run
from market.bars import NewBar
from registry.models import ScriptVersion
from tests import factories
from tests.flows.processes import Platform, running, wait_until
from tests.process_tree import Seen, children, descendants

pytestmark = [pytest.mark.flow, pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]

STALL_SECONDS = 12
# A stall is noticed, a cluster starts, and what the old one had taken is found and sent again.
BACK_IN_SECONDS = STALL_SECONDS + 75.0
QUICKLY_SECONDS = 10.0
BACK_AT_THE_QUEUE_SECONDS = 2.0  # a run is told to be over a moment before its process waits again
ONE = 'emit_signal({"value": 1})\n'


@pytest.fixture
def platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_client: redis.Redis
) -> Iterator[Platform]:
    monkeypatch.setenv("WATCHDOG_STALL_SECONDS", str(STALL_SECONDS))
    monkeypatch.setenv("WATCHDOG_CANARY_SECONDS", "1")
    started = Platform(tmp_path)
    yield started
    started.stop()


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita, source=ONE)


@pytest.fixture
def worker(platform: Platform, version: ScriptVersion, ada: User) -> subprocess.Popen[bytes]:
    """Start a worker and have it run something."""
    platform.start("worker")
    wait_for(requested(version, ada), platform)
    return platform.processes["worker"]


def test_executions_go_on_after_the_cluster_was_killed(
    worker: subprocess.Popen[bytes], platform: Platform, version: ScriptVersion, ada: User
) -> None:
    cluster = cluster_of(worker)

    os.killpg(cluster.pid, signal.SIGKILL)

    execution = wait_for(requested(version, ada), platform)
    assert execution.outcome == "ok"
    assert worker.poll() is None
    assert cluster_of(worker) != cluster


def test_a_cluster_that_stands_still_is_replaced_although_another_one_moves(
    worker: subprocess.Popen[bytes],
    platform: Platform,
    tmp_path: Path,
    version: ScriptVersion,
    ada: User,
) -> None:
    [guard] = children(cluster_of(worker).pid)
    (tmp_path / "other").mkdir()
    with running(tmp_path / "other", "worker") as others:
        other = others.processes["worker"]
        wait_until(
            has_moved(other),
            what="the other worker to move",
            seconds=BACK_IN_SECONDS,
            log=others.log_of("worker"),
        )
        # The guard starts its workers first; the idle one waits with the queue's lock in its hand.
        idle = children(guard.pid)[0]
        time.sleep(BACK_AT_THE_QUEUE_SECONDS)

        os.kill(idle.pid, signal.SIGSTOP)

        log = platform.log_of("worker")
        wait_until(
            lambda: "cluster_restarts" in log(), what="a restart", seconds=BACK_IN_SECONDS, log=log
        )
        assert "cluster_restarts" not in others.log_of("worker")()
    execution = wait_for(requested(version, ada), platform)
    assert execution.outcome == "ok"
    assert not guard.is_alive


def test_executions_go_on_after_the_idle_process_that_holds_the_queue_was_killed(
    worker: subprocess.Popen[bytes], platform: Platform, version: ScriptVersion, ada: User
) -> None:
    [guard] = children(cluster_of(worker).pid)
    idle = children(guard.pid)[0]
    time.sleep(BACK_AT_THE_QUEUE_SECONDS)

    os.kill(idle.pid, signal.SIGKILL)

    execution = wait_for(requested(version, ada), platform)
    assert execution.outcome == "ok"
    assert "cluster_part_killed" in platform.log_of("worker")()
    assert not guard.is_alive


def test_a_busy_cluster_is_not_taken_for_a_stalled_one(
    worker: subprocess.Popen[bytes], platform: Platform, ada: User, rita: User
) -> None:
    cluster = cluster_of(worker)
    ada.tier = Tier.objects.get(name="premium")
    ada.save(update_fields=["tier"])
    endless = factories.make_published_version(ada, rita, source="while True:\n    pass\n")
    assert 2 * limits_of(ada).cpu_seconds > STALL_SECONDS
    one_task = [made(endless, ada) for _ in range(2)]

    queue.send(one_task, now=utc_now())

    ended = [wait_for(execution, platform) for execution in one_task]
    assert [(row.outcome, row.attempts) for row in ended] == [("timeout", 1)] * 2
    assert "cluster_restarts" not in platform.log_of("worker")()
    assert cluster_of(worker) == cluster


def test_asked_to_end_a_worker_ends_soon_and_leaves_no_process(
    worker: subprocess.Popen[bytes],
) -> None:
    everything = [*descendants(worker.pid)]
    assert len(everything) >= 4
    before = time.monotonic()

    worker.terminate()

    assert worker.wait(QUICKLY_SECONDS) == 0
    assert time.monotonic() - before < QUICKLY_SECONDS
    wait_until(none_left(everything), what="every process to end", seconds=QUICKLY_SECONDS)


def test_what_a_worker_started_does_not_outlive_it(
    worker: subprocess.Popen[bytes], platform: Platform
) -> None:
    everything = [*descendants(worker.pid)]

    worker.kill()
    worker.wait()

    wait_until(none_left(everything), what="every process to end", seconds=30)


def requested(version: ScriptVersion, user: User) -> Execution:
    request = RunRequest(instrument_key="IBM")
    return request_run(version.script, request, acting_user=user, now=utc_now())


def made(version: ScriptVersion, user: User) -> Execution:
    """Make an execution without queueing it."""
    return Execution.objects.create(
        kind="onetime",
        version=version,
        user=user,
        instrument_key="IBM",
        timeframe="1d",
        params_sha256=digest({}),
        as_of=utc_now(),
        created_at=utc_now(),
    )


def wait_for(execution: Execution, platform: Platform) -> Execution:
    """Return an execution once it has ended."""

    def has_ended() -> bool:
        execution.refresh_from_db()
        return execution.is_finished

    log = platform.log_of("worker")
    wait_until(has_ended, what="the execution to end", seconds=BACK_IN_SECONDS, log=log)
    return execution


def has_moved(worker: subprocess.Popen[bytes]) -> Callable[[], bool]:
    """Return a function that tells whether a worker's cluster has taken its canary."""
    name = liveness.name_of(socket.gethostname(), worker.pid)
    noted: set[str] = set()

    def has() -> bool:
        # The first sign is that it was started, the next one is the cluster's own.
        with queue.connect() as client:
            noted.add(client.hget(liveness.PROGRESS, name) or "")
        return len(noted - {""}) > 1

    return has


def cluster_of(worker: subprocess.Popen[bytes]) -> Seen:
    """Return the queue's cluster: the child of the worker that is a Python program of ours."""
    [cluster] = [
        child
        for child in children(worker.pid)
        if b"run_cluster" in Path(f"/proc/{child.pid}/cmdline").read_bytes()
    ]
    return cluster


def none_left(seen: list[Seen]) -> Callable[[], bool]:
    return lambda: not any(process.is_alive for process in seen)
