"""How a zygote learns of its guests' ends, with pidfds and on kernels without them."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator

import pytest

from execution.sandbox.exit_watch import ExitWatch

PATIENCE_SECONDS = 20.0


@pytest.fixture(params=["with pidfds", "without pidfds"])
def events(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(_process: int) -> int:
        raise OSError("this kernel has none")

    if request.param == "without pidfds":
        monkeypatch.setattr(os, "pidfd_open", refuse)
    before = signal.getsignal(signal.SIGCHLD)
    yield
    signal.signal(signal.SIGCHLD, before)


def _child(*, sleeps: float = 0.0) -> int:
    process = os.fork()
    if process == 0:
        with contextlib.suppress(BaseException):
            time.sleep(sleeps)
        os._exit(0)
    return process


@contextlib.contextmanager
def _watching(poll: select.epoll) -> Iterator[ExitWatch]:
    watch = ExitWatch(poll)
    try:
        yield watch
    finally:
        watch.leave()


def _ends(poll: select.epoll, watch: ExitWatch, expected: int) -> list[int]:
    found: list[int] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(found) < expected and time.monotonic() < deadline:
        for descriptor, _event in poll.poll(1):
            for process in watch.ended(descriptor):
                watch.forget(process)
                os.waitpid(process, 0)
                found.append(process)
    return found


@pytest.mark.usefixtures("events")
def test_every_end_is_told_once_whether_it_came_before_or_after_watching() -> None:
    with select.epoll() as poll, _watching(poll) as watch:
        early = [_child() for _ in range(5)]
        time.sleep(0.1)
        late = [_child(sleeps=0.1) for _ in range(5)]
        for process in (*early, *late):
            watch.add(process)

        assert sorted(_ends(poll, watch, 10)) == sorted((*early, *late))
        assert all(watch.ended(descriptor) == [] for descriptor, _ in poll.poll(0.05))


@pytest.mark.usefixtures("events")
def test_a_child_that_is_killed_is_told_and_no_other() -> None:
    with select.epoll() as poll, _watching(poll) as watch:
        killed, spared = _child(sleeps=60), _child(sleeps=60)
        watch.add(killed)
        watch.add(spared)

        watch.kill(killed)

        assert _ends(poll, watch, 1) == [killed]
        watch.kill(spared)
        assert _ends(poll, watch, 1) == [spared]
