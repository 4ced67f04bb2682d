"""One guest and the contexts it was given: send the request, listen, see it end, sum up."""

import time
from typing import Any

from execution.sandbox import protocol
from execution.sandbox.broker import Heard, converse
from execution.sandbox.endings import explain_ending
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.protocol import ProtocolViolation
from execution.sandbox.reads import ReadAnswerer
from execution.sandbox.results import SandboxResult, SandboxUsage
from execution.sandbox.screening import Screening, parse_screening
from execution.sandbox.zygote_process import GuestExit, GuestProcess, ZygoteDied

# How long a guest may take to go away after its result, and how long the kernel may take to end it.
_GRACE_SECONDS = 0.05
_KILL_SECONDS = 5.0
# A guest that hung up without a result is dying, and a busy machine takes its time over that.
_SILENCE_SECONDS = 1.0
_GOES_ON_AFTER = ("ok", "error", "rejected")


class GuestRun:
    """The life of one guest, from its request to its end."""

    def __init__(self, guest: GuestProcess, limits: SandboxLimits) -> None:
        self._zygote = guest.zygote
        self._guest = guest
        self._limits = limits
        self._started = time.monotonic()
        self._heard: list[tuple[Heard, float]] = []
        self._is_over = False
        self._was_killed = False

    def send(self, header: dict[str, Any]) -> None:
        """Give the guest its request; one that cannot take it is noticed when it is listened to."""
        self._guest.connection.settimeout(self._limits.wall_seconds)
        try:
            self._guest.connection.sendall(protocol.pack_frame(header))
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            self._zygote.kill(self._guest)

    def hear(self, context: dict[str, Any], answer_read: ReadAnswerer) -> bool:
        """Listen to one context's run and return whether the guest can go on to the next."""
        began = self._started if not self._heard else time.monotonic()
        heard = converse(
            self._guest,
            limits=self._limits,
            answer_read=answer_read,
            context=context,
            deadline=began + self._limits.wall_seconds,
        )
        self._heard.append((heard, (time.monotonic() - began) * 1000))
        return heard.status in _GOES_ON_AFTER

    def hear_screening(self) -> Screening:
        """Listen to what a guest that was asked to screen a script has found.

        Raises
        ------
        TimeoutError, ProtocolViolation
            The guest said nothing in time, ended, or said what no report says.
        """
        received = self._guest.received
        deadline = self._started + self._limits.wall_seconds
        frame = None
        while frame is None:
            # A guest that says a little now and then is not given more time than a silent one.
            self._guest.connection.settimeout(max(deadline - time.monotonic(), 0.001))
            part = self._guest.connection.recv(protocol.READ_CHUNK_BYTES)
            if not part:
                raise ProtocolViolation("its reader was ended by the script")
            received += part
            frame = protocol.take_frame(received, frame_bytes=self._limits.frame_bytes)
        return parse_screening(frame)

    def finish(self) -> list[SandboxResult]:
        """Wait for the guest's end and return the results of its contexts."""
        last, _ = self._heard[-1]
        if last.status is not None and last.status not in _GOES_ON_AFTER:
            self._zygote.kill(self._guest)
        # A guest that goes on after its last result has nobody left to talk to.
        self._guest.connection.close()
        ended = self._wait_for_end(_GRACE_SECONDS if last.status else _SILENCE_SECONDS)
        if last.status is None:
            explain_ending(last, ended, self._limits, was_killed=self._was_killed)
        total_ms = (time.monotonic() - self._started) * 1000
        contexts = len(self._heard)
        return [
            make_result(
                heard,
                duration_ms=total_ms if contexts == 1 else result_ms,
                result_ms=result_ms,
                ended=ended,
                contexts=contexts,
            )
            for heard, result_ms in self._heard
        ]

    def _wait_for_end(self, grace_seconds: float) -> GuestExit:
        ended = self._guest.wait(grace_seconds)
        if ended is None:
            self._was_killed = True
            self._zygote.kill(self._guest)
            ended = self._guest.wait(_KILL_SECONDS)
        if ended is None:
            # A zygote that does not do as it is told is not trusted with anything else.
            raise ZygoteDied("the zygote did not end a guest")
        self._is_over = True
        return ended

    def kill(self) -> None:
        """Have the guest killed, from any thread; whoever listens to it hears nothing more."""
        self._zygote.kill(self._guest)

    def abandon(self) -> None:
        """Make sure that the guest is gone, whatever happened."""
        if not self._is_over:
            self._zygote.kill(self._guest)
        self._guest.close()


def make_result(
    heard: Heard, *, duration_ms: float, result_ms: float, ended: GuestExit | None, contexts: int
) -> SandboxResult:
    """Return what was heard of a run together with what the kernel says it used.

    What one process used for several contexts is divided evenly among them.
    """
    if heard.status is None:
        raise ValueError("a run has a status when it is over")
    usage = SandboxUsage(
        duration_ms=duration_ms,
        result_ms=result_ms,
        cpu_ms=ended.cpu_ms / contexts if ended else 0.0,
        memory_mb=ended.memory_mb if ended else 0.0,
        page_faults=ended.page_faults // contexts if ended else 0,
        calls=heard.calls,
        bytes_out=heard.bytes_out,
        exit=str(ended) if ended else "never started",
    )
    return SandboxResult(
        status=heard.status,
        outputs=heard.outputs,
        signals=heard.signals,
        rows=heard.rows,
        error=heard.error,
        log=heard.log,
        plots=list(heard.plots.values()),
        usage=usage,
    )
