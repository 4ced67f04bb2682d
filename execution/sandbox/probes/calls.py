"""Attempts at system calls and at memory that the filter or the kernel refuses."""

import mmap
import socket

from execution.sandbox import lockdown
from execution.sandbox.probes.outcomes import Bait, Outcome, refused

_ANONYMOUS_PRIVATE = mmap.MAP_ANONYMOUS | mmap.MAP_PRIVATE


def try_forbidden_call(_: Bait) -> Outcome:
    """Make a call that is not on the list."""
    lockdown.system_call("socket", socket.AF_INET, socket.SOCK_STREAM, 0)
    return False, "socket() was possible"


def try_executable_memory(_: Bait) -> Outcome:
    """Ask for memory that may be executed."""
    _map(mmap.PROT_READ | mmap.PROT_EXEC)
    return False, "executable memory was possible"


def try_write_and_execute(_: Bait) -> Outcome:
    """Ask for memory that may be written and executed at once."""
    both = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    return refused(lambda: _map(both), "memory both writable and executable")


def _map(protection: int) -> None:
    lockdown.system_call("mmap", 0, mmap.PAGESIZE, protection, _ANONYMOUS_PRIVATE, -1, 0)
