"""Running scripts in the jail: `run_in_sandbox` for everybody, `Sandbox` for who wants one of their own.

The supervisor never compiles, parses or unpickles anything of a script. It starts a zygote, proves
that every required layer stands, and holds the conversation with one guest per run.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from execution.sandbox import protocol
from execution.sandbox.broker import Heard, clean, converse
from execution.sandbox.endings import explain_ending
from execution.sandbox.inspection import inspect
from execution.sandbox.jail_protocol import Flag
from execution.sandbox.layers import REQUIRED, Layer, Profile, SandboxUnavailable
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.reads import ReadAnswerer
from execution.sandbox.results import SandboxResult, SandboxUsage
from execution.sandbox.zygote_process import GuestExit, GuestProcess, ZygoteDied, ZygoteProcess

__all__ = [
    "ReadAnswerer",
    "Sandbox",
    "SandboxConfig",
    "SandboxUnavailable",
    "configure",
    "isolation_report",
    "run_in_sandbox",
]

logger = logging.getLogger(__name__)

# How long a guest may take to go away after its result, and how long the kernel may take to end it.
_GRACE_SECONDS = 0.05
_KILL_SECONDS = 5.0
_STARTS_PER_RUN = 2


@dataclass(frozen=True, kw_only=True)
class SandboxConfig:
    """How runs are isolated on this machine."""

    # None tries namespaces, and where the kernel refuses them relies on a container of its own.
    profile: Profile | None = None
    # None requires what the profile can give.
    required_layers: frozenset[str] | None = None
    # Layers to leave out, which is how their probes are tested.
    turned_off: frozenset[str] = frozenset()
    # Guests kept forked, locked down and warm; each costs a few megabytes.
    pool_size: int = 0
    probe_again_seconds: float = 300.0
    # Without it only the kernel's walls stand, which is how those are tested.
    language_layer: bool = True

    def required_by(self, profile: Profile) -> frozenset[str]:
        """Return the layers without which nothing runs."""
        if self.required_layers is not None:
            return self.required_layers
        return frozenset(REQUIRED[profile])


class Sandbox:
    """One zygote behind proven walls, and the runs it serves; safe to use from several threads."""

    def __init__(self, config: SandboxConfig | None = None) -> None:
        self.config = config or SandboxConfig()
        self.layers: dict[str, Layer] = {}
        self._zygote: ZygoteProcess | None = None
        self._lifecycle = threading.RLock()
        self._idle: deque[GuestProcess] = deque()
        self._idle_limits: SandboxLimits | None = None

    # --- life ---------------------------------------------------------------------------------

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
            self.probe_again()
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
    def profile(self) -> Profile:
        """The profile the running zygote stands behind."""
        return self._running().profile

    def _running(self) -> ZygoteProcess:
        if self._zygote is None:
            raise SandboxUnavailable("the sandbox has not been started", layers=self.layers)
        return self._zygote

    def probe_again(self) -> None:
        """Prove every layer once more, and stop when a required one no longer stands."""
        zygote = self._running()
        self.layers = inspect(zygote, required=self.config.required_by(zygote.profile))
        missing = [name for name, layer in self.layers.items() if layer.required > layer.proven]
        if missing:
            self.stop()
            reason = f"required layers are not proven: {', '.join(missing)}"
            raise SandboxUnavailable(reason, layers=self.layers)

    def stop(self) -> None:
        """End the zygote and every guest with it."""
        with self._lifecycle:
            while self._idle:
                self._idle.popleft().close()
            if self._zygote is not None:
                self._zygote.stop()
                self._zygote = None

    def forget(self) -> None:
        """Let go, in a forked child, of what belongs to the parent."""
        if self._zygote is not None:
            self._zygote.forget()
        for guest in self._idle:
            guest.close()
        self._zygote = None
        self._idle.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def measure_fork(self, count: int) -> list[float]:
        """Return how many milliseconds bare forks of the warmed zygote take, waiting included."""
        return self._running().measure_fork(count)

    # --- runs ---------------------------------------------------------------------------------

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
        if rejection := _reject_source(source, limits):
            return [rejection for _ in contexts]
        results: list[SandboxResult] = []
        while len(results) < len(contexts):
            done = len(results)
            results += self._run_in_one_guest(
                source, contexts[done:], limits, answer_reads[done:]
            )
        return results

    def _run_in_one_guest(
        self,
        source: str,
        contexts: Sequence[dict[str, Any]],
        limits: SandboxLimits,
        answer_reads: Sequence[ReadAnswerer],
    ) -> list[SandboxResult]:
        started = time.monotonic()
        guest = self._take_guest(limits, contexts=len(contexts))
        zygote = self._running()
        request = self._request(source, contexts, limits)
        run = _GuestRun(zygote, guest, limits, started)
        try:
            run.send(request)
            for context, answer_read in zip(contexts, answer_reads, strict=True):
                if not run.hear(context, answer_read):
                    break
            return run.finish()
        finally:
            run.abandon()
            self._keep_pool(limits)

    def _request(
        self, source: str, contexts: Sequence[dict[str, Any]], limits: SandboxLimits
    ) -> bytes:
        return protocol.pack_frame(
            {
                "op": "run",
                "source": source,
                "contexts": list(contexts),
                "limits": limits.for_guest(),
                "language_layer": self.config.language_layer,
            }
        )

    def screen(self, source: str, *, limits: SandboxLimits) -> list[dict[str, Any]]:
        """Return what would have a script rejected: dictionaries of `line` and `message`."""
        if rejection := _reject_source(source, limits):
            assert rejection.error is not None
            return [{"line": None, "message": rejection.error.message}]
        guest = self._take_guest(limits, contexts=1)
        try:
            guest.connection.settimeout(limits.wall_seconds)
            guest.connection.sendall(protocol.pack_frame({"op": "screen", "source": source}))
            return _read_screening(guest, limits)
        except (TimeoutError, OSError, protocol.ProtocolViolation):
            return [{"line": None, "message": "the script is too large or too deeply nested"}]
        finally:
            self._running().kill(guest)
            guest.close()
            self._keep_pool(limits)

    # --- guests -------------------------------------------------------------------------------

    def _take_guest(self, limits: SandboxLimits, *, contexts: int) -> GuestProcess:
        if contexts == 1 and self._idle_limits == limits:
            while self._idle:
                guest = self._idle.popleft()
                if not guest.has_ended():
                    return guest
                guest.close()
        for _start in range(_STARTS_PER_RUN):
            self.start()
            try:
                return self._running().spawn(_for_contexts(limits, contexts))
            except ZygoteDied:
                self.stop()
        raise SandboxUnavailable("the zygote keeps dying", layers=self.layers)

    def _keep_pool(self, limits: SandboxLimits) -> None:
        if not self.config.pool_size or self._zygote is None:
            return
        with self._lifecycle:
            if self._idle_limits != limits:
                while self._idle:
                    self._idle.popleft().close()
                self._idle_limits = limits
            while self._zygote is not None and len(self._idle) < self.config.pool_size:
                self._idle.append(self._zygote.spawn(limits, flags=Flag.PREWARM))


def _reject_source(source: str, limits: SandboxLimits) -> SandboxResult | None:
    size = len(source.encode("utf-8", "replace"))
    if size <= limits.source_bytes:
        return None
    heard = Heard()
    message = f"the script has {size} bytes: the limit source_bytes is {limits.source_bytes}"
    heard.stop("rejected", "LimitExceeded", message)
    return _result(heard, duration_ms=0.0, result_ms=0.0, ended=None, share=1)


def _read_screening(guest: GuestProcess, limits: SandboxLimits) -> list[dict[str, Any]]:
    while True:
        frame = protocol.take_frame(guest.received, frame_bytes=limits.frame_bytes)
        if frame is not None:
            break
        part = guest.connection.recv(protocol.READ_CHUNK_BYTES)
        if not part:
            raise protocol.ProtocolViolation("the guest ended without an answer")
        guest.received += part
    faults = frame.get("faults")
    if not isinstance(faults, list) or not all(isinstance(fault, dict) for fault in faults):
        raise protocol.ProtocolViolation("a screening is a list of findings")
    return [
        {
            "line": fault.get("line") if type(fault.get("line")) is int else None,
            "message": clean(str(fault.get("message"))),
        }
        for fault in faults
    ]


def _for_contexts(limits: SandboxLimits, contexts: int) -> SandboxLimits:
    if contexts == 1:
        return limits
    values = {**vars(limits), "cpu_seconds": limits.cpu_seconds * contexts}
    return SandboxLimits(**values)


class _GuestRun:
    """One guest, and the contexts it was given."""

    def __init__(
        self, zygote: ZygoteProcess, guest: GuestProcess, limits: SandboxLimits, started: float
    ) -> None:
        self._zygote = zygote
        self._guest = guest
        self._limits = limits
        self._started = started
        self._heard: list[tuple[Heard, float]] = []
        self._is_over = False

    def send(self, request: bytes) -> None:
        """Give the guest its request; one that cannot take it is heard of when it is listened to."""
        self._guest.connection.settimeout(self._limits.wall_seconds)
        try:
            self._guest.connection.sendall(request)
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            self._zygote.kill(self._guest)

    def hear(self, context: dict[str, Any], answer_read: ReadAnswerer) -> bool:
        """Listen to one context's run and return whether the guest can go on to the next."""
        began = self._started if not self._heard else time.monotonic()
        heard = converse(
            self._guest,
            limits=self._limits,
            answer_read=answer_read,
            timestamp=context["timestamp"],
            deadline=began + self._limits.wall_seconds,
        )
        self._heard.append((heard, (time.monotonic() - began) * 1000))
        return heard.status in ("ok", "error", "rejected")

    def finish(self) -> list[SandboxResult]:
        """Wait for the guest's end and return the results of its contexts."""
        last, _ = self._heard[-1]
        if last.status not in (None, "ok", "error", "rejected"):
            self._zygote.kill(self._guest)
        self._guest.connection.close()
        ended = self._wait_for_end()
        if last.status is None:
            explain_ending(last, ended, self._limits)
        total_ms = (time.monotonic() - self._started) * 1000
        share = len(self._heard)
        return [
            _result(
                heard,
                duration_ms=total_ms if share == 1 else result_ms,
                result_ms=result_ms,
                ended=ended,
                share=share,
            )
            for heard, result_ms in self._heard
        ]

    def _wait_for_end(self) -> GuestExit:
        ended = self._guest.wait(_GRACE_SECONDS)
        if ended is None:
            self._zygote.kill(self._guest)
            ended = self._guest.wait(_KILL_SECONDS)
        if ended is None:
            # A zygote that does not do as it is told is no longer trusted with anything.
            self._zygote.stop()
            raise ZygoteDied("the zygote did not end a guest")
        self._is_over = True
        return ended

    def abandon(self) -> None:
        """Make sure that the guest is gone, whatever happened."""
        if not self._is_over:
            self._zygote.kill(self._guest)
        self._guest.close()


def _result(
    heard: Heard, *, duration_ms: float, result_ms: float, ended: GuestExit | None, share: int
) -> SandboxResult:
    assert heard.status is not None
    usage = SandboxUsage(
        duration_ms=duration_ms,
        result_ms=result_ms,
        cpu_ms=ended.cpu_ms / share if ended else 0.0,
        memory_mb=ended.memory_mb if ended else 0.0,
        page_faults=ended.page_faults // share if ended else 0,
        calls=heard.calls,
        bytes_out=heard.bytes_out,
        exit=str(ended) if ended else "never started",
    )
    return SandboxResult(
        status=heard.status,
        outputs=heard.outputs,
        error=heard.error,
        log=heard.log,
        usage=usage,
    )


# --- the process-wide sandbox ---------------------------------------------------------------------


class _ProcessWide:
    """The sandbox of this process: started when first needed, made anew after a fork."""

    def __init__(self) -> None:
        self.config = SandboxConfig(pool_size=1)
        self._lock = threading.Lock()
        self._sandbox: Sandbox | None = None
        self._probed_at = 0.0
        self._probing: threading.Thread | None = None

    def configure(self, config: SandboxConfig) -> None:
        with self._lock:
            if config != self.config and self._sandbox is not None:
                self._sandbox.stop()
                self._sandbox = None
            self.config = config

    def get(self) -> Sandbox:
        with self._lock:
            if self._sandbox is None:
                sandbox = Sandbox(self.config).start()
                self._sandbox = sandbox
                self._probed_at = time.monotonic()
            elif time.monotonic() - self._probed_at > self.config.probe_again_seconds:
                self._probed_at = time.monotonic()
                self._probing = threading.Thread(target=self._probe_again, daemon=True)
                self._probing.start()
            return self._sandbox

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
        self.__init__(self.config)  # type: ignore[misc]
        if inherited is not None:
            inherited.forget()


_process_wide = _ProcessWide()
os.register_at_fork(after_in_child=_process_wide.after_fork)


def configure(config: SandboxConfig) -> None:
    """Choose how this process isolates its runs; an already running sandbox is ended."""
    _process_wide.configure(config)


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
    """Return whether scripts may run here, behind which profile, and what is known of each layer."""
    try:
        sandbox = _process_wide.get().start()
        layers, profile, ok = sandbox.layers, sandbox.profile, True
    except SandboxUnavailable as fault:
        layers, profile, ok = fault.layers, None, False
    described = {
        name: {"required": layer.required, "proven": layer.proven, "detail": layer.detail}
        for name, layer in layers.items()
    }
    return {"ok": ok, "profile": profile, "layers": described}
