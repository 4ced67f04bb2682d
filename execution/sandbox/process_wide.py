"""The sandbox of a process, and the quarantine of a process whose walls fell.

A quarantined process begins no run. What had begun is heard to its end; then its sandbox is
started anew now and then, and the quarantine ends once every required layer is proven again.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from execution.sandbox.config import SandboxConfig
from execution.sandbox.jailer import Sandbox
from execution.sandbox.layers import Layer, Profile, SandboxUnavailable
from execution.sandbox.zygote_process import ZygoteDied

logger = logging.getLogger(__name__)

REFUSAL_SECONDS = 10.0
Listener = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Quarantine:
    """Since when, and why, this process begins no run."""

    began_at: datetime
    refusal: SandboxUnavailable


class ProcessWide:
    """The sandbox of this process: started when first needed, made anew after a fork."""

    def __init__(self, config: SandboxConfig, when_changed: Listener | None = None) -> None:
        self.config = config
        self._when_changed = when_changed
        self._lock = threading.RLock()
        self._sandbox: Sandbox | None = None
        self._probed_at = 0.0
        self._refusal: SandboxUnavailable | None = None
        self._refused_at = 0.0
        # Not the lock above: it is taken by whoever finds out, in the middle of a start.
        self._quarantine_lock = threading.Lock()
        self._quarantine: Quarantine | None = None

    def configure(self, config: SandboxConfig, *, when_changed: Listener | None = None) -> None:
        """Take over another configuration."""
        with self._lock:
            if config != self.config:
                self.stop()
            self.config = config
            self._when_changed = when_changed
            self._refusal = self._quarantine = None

    def stop(self) -> None:
        """End the sandbox; the next run starts another."""
        with self._lock:
            sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.stop()

    def get(self) -> Sandbox:
        """Return the sandbox, proven within the last few minutes.

        Raises
        ------
        SandboxUnavailable
            A required layer does not stand, or the process is quarantined.
        """
        with self._lock:
            if self._sandbox is None or self._quarantine is not None:
                self._sandbox = self._start_anew()
            elif time.monotonic() - self._probed_at > self.config.probe_again_seconds:
                self._probed_at = time.monotonic()
                threading.Thread(target=self._probe, args=(self._sandbox,), daemon=True).start()
            return self._sandbox

    def _start_anew(self) -> Sandbox:
        # A machine that cannot isolate is not asked again for every run that is waiting, and a
        # quarantined process is asked only after its last run.
        if self._refusal is not None:
            if time.monotonic() - self._refused_at < REFUSAL_SECONDS:
                raise self._refusal
            if self._sandbox is not None:
                self._sandbox.retire()
                if not self._sandbox.is_drained:
                    raise self._refusal
        sandbox = Sandbox(self.config, when_unproven=self._enter_quarantine)
        try:
            sandbox.start()
        except SandboxUnavailable as refusal:
            self._refusal, self._refused_at = refusal, time.monotonic()
            raise
        self._refusal = None
        self._probed_at = time.monotonic()
        self._leave_quarantine(sandbox)
        return sandbox

    def _enter_quarantine(self, refusal: SandboxUnavailable) -> None:
        with self._quarantine_lock:
            self._refusal, self._refused_at = refusal, time.monotonic()
            if self._quarantine is not None:
                return
            self._quarantine = Quarantine(began_at=datetime.now(UTC), refusal=refusal)
        logger.error("sandbox_quarantined: %s", refusal)
        self._announce(self._describe(None, refusal))

    def _leave_quarantine(self, sandbox: Sandbox) -> None:
        if self._quarantine is not None:
            self._quarantine = None
            logger.warning("sandbox_proven_again")
            self._announce(self._describe(sandbox, None))

    def _announce(self, report: dict[str, Any]) -> None:
        if self._when_changed is not None:
            self._when_changed(report)

    def _probe(self, sandbox: Sandbox) -> None:
        # A layer that is gone has the process quarantined; a zygote that is gone is replaced by
        # whoever runs next, and proven then.
        try:
            sandbox.start().probe_again()
        except (SandboxUnavailable, ZygoteDied) as fault:
            logger.error("sandbox_probe_failed: %s", fault)

    def report(self, *, probe_first: bool) -> dict[str, Any]:
        """Return whether scripts may run here, and how each layer stands."""
        try:
            is_new = self._sandbox is None or self._quarantine is not None
            sandbox = self.get()
            if probe_first and not is_new:
                self._probed_at = time.monotonic()
                self._probe(sandbox)
                sandbox = self.get()
            return self._describe(sandbox.start(), None)
        except SandboxUnavailable as refusal:
            logger.error("sandbox_unavailable: %s", refusal)
            return self._describe(None, refusal)

    def _describe(
        self, sandbox: Sandbox | None, refusal: SandboxUnavailable | None
    ) -> dict[str, Any]:
        layers: dict[str, Layer] = {}
        profile: Profile | None = self.config.profile
        if refusal is not None:
            layers = refusal.layers
        elif sandbox is not None:
            layers, profile = sandbox.layers, sandbox.zygote.profile
        quarantine = self._quarantine
        return {
            "ok": refusal is None,
            "profile": profile,
            "layers": {name: vars(layer) for name, layer in layers.items()},
            "problem": str(refusal or ""),
            "quarantined_at": quarantine.began_at.isoformat() if quarantine else None,
        }

    def after_fork(self) -> None:
        """Let go, in a forked child, of what belongs to the parent."""
        inherited = self._sandbox
        ProcessWide.__init__(self, self.config, self._when_changed)
        if inherited is not None:
            inherited.forget()
