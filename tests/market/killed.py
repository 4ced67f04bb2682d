"""A process of our own that is killed in the middle of what it does."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from django.db import connections


def kill_at_call(module: Any, name: str, call: int, work: Callable[[], None]) -> None:
    """Do some work in a child process that is killed when it calls a function the n-th time.

    The function has done its work then; what comes after it is not done.
    """
    connections.close_all()
    child = os.fork()
    if child == 0:
        _work_until(module, name, call, work)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it ended before it could be killed"
    assert os.WTERMSIG(status) == signal.SIGKILL


def _work_until(module: Any, name: str, call: int, work: Callable[[], None]) -> None:
    given, calls = getattr(module, name), []

    def counted(*args: Any, **kwargs: Any) -> Any:
        result = given(*args, **kwargs)
        calls.append(1)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, counted)
    try:
        work()
    finally:
        os._exit(0)
