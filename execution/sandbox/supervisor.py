"""Running scripts: `run_in_sandbox` serves the whole process from one sandbox.

The sandbox is started when it is first needed, proven again every few minutes, started anew when
its zygote died, and made afresh in a forked child. When a required layer is found missing while it
runs, the process is quarantined.
"""

import atexit
import os
from collections.abc import Callable
from typing import Any

from execution.sandbox.config import SandboxConfig
from execution.sandbox.jailer import Sandbox
from execution.sandbox.layers import SandboxUnavailable
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.process_wide import ProcessWide
from execution.sandbox.reads import ReadAnswerer
from execution.sandbox.results import SandboxResult

__all__ = [
    "ReadAnswerer",
    "Sandbox",
    "SandboxConfig",
    "SandboxUnavailable",
    "configuration",
    "configure",
    "isolation_report",
    "process_wide_sandbox",
    "run_in_sandbox",
    "stop_process_wide_sandbox",
]

_process_wide = ProcessWide(SandboxConfig(pool_size=1))
os.register_at_fork(after_in_child=_process_wide.after_fork)
atexit.register(_process_wide.stop)


def configure(
    config: SandboxConfig, *, when_changed: Callable[[dict[str, Any]], None] | None = None
) -> None:
    """Choose how this process isolates its runs; an already running sandbox is ended.

    Parameters
    ----------
    when_changed
        Is told, with the report, when this process is quarantined and when it no longer is. It is
        called in whichever thread finds out.
    """
    _process_wide.configure(config, when_changed=when_changed)


def configuration() -> SandboxConfig:
    """Return how this process isolates its runs."""
    return _process_wide.config


def process_wide_sandbox() -> Sandbox:
    """Return this process's sandbox, started and proven.

    Raises
    ------
    SandboxUnavailable
        The isolation this machine has to offer is not proven.
    """
    return _process_wide.get()


def stop_process_wide_sandbox() -> None:
    """End this process's sandbox; the next run starts another."""
    _process_wide.stop()


def run_in_sandbox(
    *, source: str, context: dict[str, Any], limits: SandboxLimits, answer_read: ReadAnswerer
) -> SandboxResult:
    """Run a script in this process's sandbox and return all there is to know about it.

    Raises
    ------
    SandboxUnavailable
        The isolation this machine has to offer is not proven.
    """
    sandbox = _process_wide.get()
    return sandbox.run(source, context=context, limits=limits, answer_read=answer_read)


def isolation_report(*, probe_first: bool = False) -> dict[str, Any]:
    """Return whether scripts may run here, behind which profile, and how each layer stands.

    Parameters
    ----------
    probe_first
        Have every layer tried now, instead of saying what the last time showed.
    """
    return _process_wide.report(probe_first=probe_first)
