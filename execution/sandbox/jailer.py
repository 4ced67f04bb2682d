"""A sandbox: one zygote behind proven walls, and one guest after the other for the runs it serves.

Nothing of a script is compiled, parsed or unpickled here; that happens behind the walls.
"""

from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

from execution.sandbox import totals
from execution.sandbox.broker import Heard
from execution.sandbox.cancellation import ended_when_cancelled
from execution.sandbox.config import SandboxConfig
from execution.sandbox.guest_run import GuestRun, make_result
from execution.sandbox.layers import Layer, SandboxUnavailable
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.protocol import ProtocolViolation
from execution.sandbox.reads import ReadAnswerer
from execution.sandbox.results import SandboxResult
from execution.sandbox.rota import Rota
from execution.sandbox.screening import Finding, Screening, unreadable
from execution.sandbox.shift import Shift
from execution.sandbox.zygote_process import ZygoteDied, ZygoteProcess

_STARTS_PER_RUN = 2
_SCREENING_LIMITS = SandboxLimits(wall_seconds=5.0, cpu_seconds=5.0)
_T = TypeVar("_T")


class Sandbox:
    """One zygote behind proven walls, and the runs it serves; safe to use from several threads.

    Parameters
    ----------
    when_unproven
        Is told when a required layer that stood is found missing.
    """

    def __init__(
        self,
        config: SandboxConfig | None = None,
        *,
        when_unproven: Callable[[SandboxUnavailable], None] | None = None,
    ) -> None:
        self._rota = Rota(config or SandboxConfig(), when_unproven=when_unproven)

    def start(self) -> Self:
        """Start the zygote and prove the layers; do nothing when it is running already.

        Raises
        ------
        SandboxUnavailable
            A required layer does not stand, or the jail cannot be started at all.
        """
        self._rota.start()
        return self

    @property
    def config(self) -> SandboxConfig:
        """How runs are isolated; another one holds from the next zygote on."""
        return self._rota.config

    @config.setter
    def config(self, config: SandboxConfig) -> None:
        self._rota.config = config

    @property
    def layers(self) -> dict[str, Layer]:
        """What was found when the layers were tried last."""
        return self._rota.layers

    @property
    def shift(self) -> Shift:
        """The zygote at work, with what it serves."""
        if self._rota.current is None:
            raise SandboxUnavailable("the sandbox is not running", layers=self.layers)
        return self._rota.current

    @property
    def zygote(self) -> ZygoteProcess:
        """The running zygote."""
        return self.shift.zygote

    @property
    def is_drained(self) -> bool:
        """Whether nothing runs, and no zygote is left."""
        return self._rota.is_drained

    def probe_again(self) -> None:
        """Prove every layer once more; when a required one is gone, no run begins any more.

        Runs that had begun are heard to their end. The next run would start another zygote, whose
        layers are all proven first.

        Raises
        ------
        SandboxUnavailable
            A required layer does not stand.
        """
        self._rota.probe_again()

    def retire(self) -> None:
        """Let no run begin, and hear those that began to their end."""
        self._rota.retire()

    def stop(self) -> None:
        """End the zygote and every guest with it."""
        self._rota.stop()

    def forget(self) -> None:
        """Let go, in a forked child, of what belongs to the parent."""
        self._rota.forget()

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

        Raises
        ------
        RunCancelled
            Whoever has it run ended it from another thread.
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
        while len(results) < len(contexts):
            done = len(results)
            results += self._run_rest(source, contexts[done:], limits, answer_reads[done:])
        return totals.count(results)

    def _run_rest(
        self,
        source: str,
        contexts: Sequence[dict[str, Any]],
        limits: SandboxLimits,
        answer_reads: Sequence[ReadAnswerer],
    ) -> list[SandboxResult]:
        request = {
            "op": "run",
            "source": source,
            "contexts": list(contexts),
            "limits": limits.for_guest(),
            "language_layer": self.config.language_layer,
        }

        def serve(shift: Shift) -> list[SandboxResult]:
            run = GuestRun(shift.take_guest(limits, contexts=len(contexts)), limits)
            try:
                with ended_when_cancelled(run.kill):
                    run.send(request)
                    for context, answer_read in zip(contexts, answer_reads, strict=True):
                        if not run.hear(context, answer_read):
                            break
                    return run.finish()
            finally:
                run.abandon()
                shift.refill(limits)

        return self._serve(serve)

    def _serve(self, serve: Callable[[Shift], _T]) -> _T:
        for _start in range(_STARTS_PER_RUN):
            with self._rota.at_work() as shift:
                try:
                    return serve(shift)
                except ZygoteDied:
                    self._rota.discard(shift)
        raise SandboxUnavailable("the zygote keeps dying", layers=self.layers)

    def screen(self, source: str, *, limits: SandboxLimits = _SCREENING_LIMITS) -> list[Finding]:
        """Return what was found in a script; one that cannot be read is a finding itself."""
        return self.read(source, limits=limits).findings

    def read(self, source: str, *, limits: SandboxLimits = _SCREENING_LIMITS) -> Screening:
        """Return what was found in a script, and what it uses."""
        rejection = _reject_by_size(source, limits)
        if rejection is not None and rejection.error is not None:
            return unreadable(rejection.error.message)

        def serve(shift: Shift) -> Screening:
            run = GuestRun(shift.take_guest(limits, contexts=1), limits)
            try:
                run.send({"op": "screen", "source": source})
                return run.hear_screening()
            finally:
                run.abandon()

        try:
            return self._serve(serve)
        except TimeoutError:
            return unreadable(f"reading it took more than {limits.wall_seconds:g} s")
        except (ConnectionResetError, ProtocolViolation) as fault:
            return unreadable(str(fault) or "its reader was ended by the script")


def _reject_by_size(source: str, limits: SandboxLimits) -> SandboxResult | None:
    size = len(source.encode("utf-8", "replace"))
    if size <= limits.source_bytes:
        return None
    heard = Heard()
    message = f"the script has {size} bytes: the limit source_bytes is {limits.source_bytes}"
    heard.stop("rejected", "LimitExceeded", message, limit="source_bytes")
    return make_result(heard, duration_ms=0.0, result_ms=0.0, ended=None, contexts=1)
