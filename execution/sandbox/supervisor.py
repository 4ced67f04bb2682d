"""Running scripts: `run_in_sandbox` serves the whole process from one sandbox.

The sandbox is started when it is first needed, proven again every few minutes, started anew when
its zygote died, and made afresh in a forked child.
"""

import atexit
import logging
import os
import threading
import time
from typing import Any

from execution.sandbox.config import SandboxConfig
from execution.sandbox.jailer import Sandbox
from execution.sandbox.layers import Profile, SandboxUnavailable
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.reads import ReadAnswerer
from execution.sandbox.results import SandboxResult
from execution.sandbox.zygote_process import ZygoteDied

__all__ = [
    "ReadAnswerer",
    "Sandbox",
    "SandboxConfig",
    "SandboxUnavailable",
    "configure",
    "isolation_report",
    "process_wide_sandbox",
    "run_in_sandbox",
    "stop_process_wide_sandbox",
]

logger = logging.getLogger(__name__)

_REFUSAL_SECONDS = 10.0


class _ProcessWide:
    """The sandbox of this process: started when first needed, made anew after a fork."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._sandbox: Sandbox | None = None
        self._probed_at = 0.0
        self._probing: threading.Thread | None = None
        self._refusal: SandboxUnavailable | None = None
        self._refused_at = 0.0

    def configure(self, config: SandboxConfig) -> None:
        with self._lock:
            if config != self.config and self._sandbox is not None:
                self._sandbox.stop()
                self._sandbox = None
            self.config = config
            self._refusal = None

    def stop(self) -> None:
        with self._lock:
            if self._sandbox is not None:
                self._sandbox.stop()
                self._sandbox = None

    def get(self) -> Sandbox:
        with self._lock:
            if self._sandbox is None:
                self._sandbox = self._start()
                self._probed_at = time.monotonic()
            elif time.monotonic() - self._probed_at > self.config.probe_again_seconds:
                self._probed_at = time.monotonic()
                self._probing = threading.Thread(target=self._probe_again, daemon=True)
                self._probing.start()
            return self._sandbox

    def _start(self) -> Sandbox:
        # A machine that cannot isolate is not asked again for every run that is waiting.
        if self._refusal is not None and time.monotonic() - self._refused_at < _REFUSAL_SECONDS:
            raise self._refusal
        try:
            sandbox = Sandbox(self.config).start()
        except SandboxUnavailable as refusal:
            self._refusal, self._refused_at = refusal, time.monotonic()
            raise
        self._refusal = None
        return sandbox

    def _probe_again(self) -> None:
        sandbox = self._sandbox
        if sandbox is None:
            return
        try:
            sandbox.start().probe_again()
        except (SandboxUnavailable, ZygoteDied) as fault:
            # The next run starts from nothing, and is refused if the layer is still missing.
            logger.error("sandbox_probe_failed: %s", fault)
            with self._lock:
                self._sandbox = None

    def after_fork(self) -> None:
        inherited = self._sandbox
        _ProcessWide.__init__(self, self.config)
        if inherited is not None:
            inherited.forget()


_process_wide = _ProcessWide(SandboxConfig(pool_size=1))
os.register_at_fork(after_in_child=_process_wide.after_fork)
atexit.register(_process_wide.stop)


def configure(config: SandboxConfig) -> None:
    """Choose how this process isolates its runs; an already running sandbox is ended."""
    _process_wide.configure(config)


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


def isolation_report() -> dict[str, Any]:
    """Return whether scripts may run here, behind which profile, and how each layer stands."""
    try:
        sandbox = _process_wide.get().start()
        layers, problem = sandbox.layers, ""
        profile: Profile | None = sandbox.zygote.profile
    except SandboxUnavailable as fault:
        layers, profile, problem = fault.layers, None, str(fault)
        logger.error("sandbox_unavailable: %s", fault)
    described = {
        name: {"required": layer.required, "proven": layer.proven, "detail": layer.detail}
        for name, layer in layers.items()
    }
    return {"ok": not problem, "profile": profile, "layers": described, "problem": problem}
