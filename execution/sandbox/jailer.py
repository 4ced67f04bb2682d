"""A sandbox: one zygote behind proven walls, and one guest after the other for the runs it serves.

Nothing of a script is compiled, parsed or unpickled here; that happens behind the walls.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

from execution.sandbox import totals
from execution.sandbox.broker import Heard
from execution.sandbox.config import SandboxConfig
from execution.sandbox.guest_run import GuestRun, make_result
from execution.sandbox.inspection import inspect
from execution.sandbox.layers import Layer, SandboxUnavailable
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.pool import GuestPool
from execution.sandbox.protocol import ProtocolViolation
from execution.sandbox.reads import ReadAnswerer
from execution.sandbox.results import SandboxResult
from execution.sandbox.screening import Finding
from execution.sandbox.zygote_process import GuestProcess, ZygoteDied, ZygoteProcess

logger = logging.getLogger(__name__)

_STARTS_PER_RUN = 2
_SCREENING_LIMITS = SandboxLimits(wall_seconds=5.0, cpu_seconds=5.0)


class Sandbox:
    """One zygote behind proven walls, and the runs it serves; safe to use from several threads."""

    def __init__(self, config: SandboxConfig | None = None) -> None:
        self.config = config or SandboxConfig()
        self.layers: dict[str, Layer] = {}
        self._zygote: ZygoteProcess | None = None
        self._lifecycle = threading.RLock()
        self._pool = GuestPool(self.config.pool_size)

    def start(self) -> Self:
        """Start the zygote and prove the layers; do nothing when it is running already.

        Raises
        ------
        SandboxUnavailable
            A required layer does not stand, or the jail cannot be started at all.
        """
        with self._lifecycle:
            if self._zygote is not None and self._zygote.is_alive:
                return self
            self.stop()
            self._zygote = self._start_zygote()
            try:
                self.probe_again()
            except BaseException:
                self.stop()
                raise
        return self

    def _start_zygote(self) -> ZygoteProcess:
        turned_off = self.config.turned_off
        if self.config.profile is not None:
            return ZygoteProcess(self.config.profile, turned_off=turned_off)
        try:
            return ZygoteProcess("namespaces", turned_off=turned_off)
        except SandboxUnavailable as refused:
            logger.warning("sandbox_without_namespaces: %s", refused)
            return ZygoteProcess("container", turned_off=turned_off)

    @property
    def zygote(self) -> ZygoteProcess:
        """The running zygote."""
        if self._zygote is None:
            raise SandboxUnavailable("the sandbox is not running", layers=self.layers)
        return self._zygote

    def probe_again(self) -> None:
        """Prove every layer once more, and stop when a required one no longer stands.

        Raises
        ------
        SandboxUnavailable
            A required layer does not stand.
        """
        zygote = self.zygote
        self.layers = inspect(zygote, required=self.config.required_by(zygote.profile))
        missing = [name for name, layer in self.layers.items() if layer.required > layer.proven]
        if missing:
            self.stop()
            reason = f"required layers are not proven: {', '.join(missing)}"
            raise SandboxUnavailable(reason, layers=self.layers)

    def stop(self) -> None:
        """End the zygote and every guest with it."""
        with self._lifecycle:
            self._pool.clear()
            if self._zygote is not None:
                self._zygote.stop()
                self._zygote = None

    def _discard(self, zygote: ZygoteProcess) -> None:
        # Another thread may have noticed as well, and started the next one already.
        with self._lifecycle:
            if self._zygote is zygote:
                self.stop()

    def forget(self) -> None:
        """Let go, in a forked child, of what belongs to the parent."""
        if self._zygote is not None:
            self._zygote.forget()
            self._zygote = None
        self._pool.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(
        self,
        source: str,
        *,
        context: dict[str, Any],
        limits: SandboxLimits,
        answer_read: ReadAnswerer,
    ) -> SandboxResult:
        """Run a script once and return all there is to know about it.

        What `answer_read` raises besides PermissionError and ReadFailed ends the run and is
        raised here: it is the platform's fault, not the script's.
        """
        [result] = self.run_batch(
            source, contexts=[context], limits=limits, answer_reads=[answer_read]
        )
        return result

    def run_batch(
        self,
        source: str,
        *,
        contexts: Sequence[dict[str, Any]],
        limits: SandboxLimits,
        answer_reads: Sequence[ReadAnswerer],
    ) -> list[SandboxResult]:
        """Run a script once per context, in one process for as long as it survives.

        Every context has a fresh namespace and the whole of the limits but memory, which the
        contexts of one process share. A context that is stopped ends its process; those after it
        run in another.
        """
        if rejection := _reject_by_size(source, limits):
            return totals.count([rejection for _ in contexts])
        results: list[SandboxResult] = []
        deaths = 0
        while len(results) < len(contexts):
            done = len(results)
            guest = self._take_guest(limits, contexts=len(contexts) - done)
            try:
                results += self._run_in(guest, source, contexts[done:], limits, answer_reads[done:])
            except ZygoteDied as fault:
                deaths += 1
                if deaths == _STARTS_PER_RUN:
                    raise SandboxUnavailable("the zygote keeps dying") from fault
        return totals.count(results)

    def _run_in(
        self,
        guest: GuestProcess,
        source: str,
        contexts: Sequence[dict[str, Any]],
        limits: SandboxLimits,
        answer_reads: Sequence[ReadAnswerer],
    ) -> list[SandboxResult]:
        zygote = guest.zygote
        run = GuestRun(guest, limits)
        try:
            run.send(
                {
                    "op": "run",
                    "source": source,
                    "contexts": list(contexts),
                    "limits": limits.for_guest(),
                    "language_layer": self.config.language_layer,
                }
            )
            for context, answer_read in zip(contexts, answer_reads, strict=True):
                if not run.hear(context, answer_read):
                    break
            return run.finish()
        except ZygoteDied:
            self._discard(zygote)
            raise
        finally:
            run.abandon()
            self._pool.refill(zygote, limits)

    def screen(self, source: str, *, limits: SandboxLimits = _SCREENING_LIMITS) -> list[Finding]:
        """Return every reason for which a script would be rejected; none when it would run."""
        rejection = _reject_by_size(source, limits)
        if rejection is not None and rejection.error is not None:
            return [Finding(line=None, message=rejection.error.message)]
        guest = self._take_guest(limits, contexts=1)
        run = GuestRun(guest, limits)
        try:
            run.send({"op": "screen", "source": source})
            return run.hear_findings()
        except (TimeoutError, ConnectionResetError, ProtocolViolation):
            message = "the script is too deeply nested to be read"
            return [Finding(line=None, message=message)]
        finally:
            run.abandon()

    def _take_guest(self, limits: SandboxLimits, *, contexts: int) -> GuestProcess:
        waiting = self._pool.take(limits) if contexts == 1 else None
        if waiting is not None:
            return waiting
        # The kernel counts the CPU time of a process, and so of all its contexts together.
        together = replace(limits, cpu_seconds=limits.cpu_seconds * contexts)
        for _start in range(_STARTS_PER_RUN):
            zygote = self.start().zygote
            try:
                return zygote.spawn(together)
            except ZygoteDied:
                self._discard(zygote)
        raise SandboxUnavailable("the zygote keeps dying", layers=self.layers)


def _reject_by_size(source: str, limits: SandboxLimits) -> SandboxResult | None:
    size = len(source.encode("utf-8", "replace"))
    if size <= limits.source_bytes:
        return None
    heard = Heard()
    message = f"the script has {size} bytes: the limit source_bytes is {limits.source_bytes}"
    heard.stop("rejected", "LimitExceeded", message, limit="source_bytes")
    return make_result(heard, duration_ms=0.0, result_ms=0.0, ended=None, contexts=1)
