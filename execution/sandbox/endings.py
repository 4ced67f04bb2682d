"""What it means that a guest ended without giving a result."""

import signal

from execution.sandbox.broker import Heard
from execution.sandbox.layers import SandboxUnavailable
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.zygote_process import GuestExit

OUT_OF_MEMORY = 97
LOCKDOWN_FAILED = 98


def explain_ending(
    heard: Heard, ended: GuestExit, limits: SandboxLimits, *, was_killed: bool
) -> None:
    """Fill in the status and the error of a run whose guest fell silent.

    Parameters
    ----------
    was_killed
        Whether the guest had to be killed because it went on after hanging up.

    Raises
    ------
    SandboxUnavailable
        The guest could not lock itself down, and so ran nothing.
    """
    if ended.code == LOCKDOWN_FAILED:
        raise SandboxUnavailable("a guest could not lock itself down")
    if was_killed:
        message = "the script's process hung up and went on without being heard"
        heard.stop("crashed", "Crashed", message)
    elif ended.signal == signal.SIGSYS:
        message = "the script made a system call that only an attack makes"
        heard.stop("violation", "Violation", message)
    elif ended.signal == signal.SIGXCPU or _used_up_cpu(ended, limits):
        message = f"the run used more than the limit cpu_seconds of {limits.cpu_seconds:g}"
        heard.stop("timeout", "Timeout", message, limit="cpu_seconds")
    elif ended.code == OUT_OF_MEMORY or ended.signal == signal.SIGKILL:
        # Nobody else kills guests but the kernel when the machine's memory is used up.
        message = "the limit memory_bytes was reached"
        heard.stop("memory", "MemoryError", message, limit="memory_bytes")
    else:
        heard.stop("crashed", "Crashed", f"the script's process ended with {ended}")


def _used_up_cpu(ended: GuestExit, limits: SandboxLimits) -> bool:
    return ended.signal == signal.SIGKILL and ended.cpu_ms >= limits.cpu_seconds * 1000
