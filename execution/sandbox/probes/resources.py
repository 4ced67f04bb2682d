"""Attempts to use more than allowed: memory, CPU, processes, files, descriptors, time."""

import errno
import os
import signal
import time

from execution.sandbox.probes.outcomes import Bait, Outcome, all_held, refused, refused_with

_TOO_MUCH_MEMORY = 1 << 40
_MORE_PROCESSES_THAN_ALLOWED = 8
_MORE_DESCRIPTORS_THAN_ALLOWED = 64
_CHUNK_BYTES = 1 << 20


def try_much_memory(bait: Bait) -> Outcome:
    """Try to get more memory than the limit, and very much more."""
    amount = bait["memory_bytes"]
    return all_held(
        refused(lambda: bytearray(amount), f"{amount} bytes"),
        refused(lambda: bytearray(_TOO_MUCH_MEMORY), "a tebibyte"),
    )


def burn_cpu(bait: Bait) -> Outcome:
    """Compute for longer than the limit."""
    seconds = bait["cpu_seconds"] + 1
    while time.process_time() < seconds:
        pass
    return False, f"{seconds} seconds of CPU time were possible"


def try_to_fork(_: Bait) -> Outcome:
    """Try to start a few processes."""
    return _try_processes(_MORE_PROCESSES_THAN_ALLOWED, "a new process")


def _try_processes(count: int, what: str) -> Outcome:
    started: list[int] = []

    def fork() -> None:
        for _attempt in range(count):
            child = os.fork()
            if child == 0:
                signal.pause()
            started.append(child)

    try:
        return refused_with(errno.EAGAIN, fork, what)
    finally:
        for child in started:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def try_to_write_much(_: Bait) -> Outcome:
    """Try to write to a file; one that exists only in memory needs no folder."""
    file = os.memfd_create("probe")
    try:
        return refused_with(errno.EFBIG, lambda: os.write(file, b"x"), "a byte in a file")
    finally:
        os.close(file)


def try_many_descriptors(_: Bait) -> Outcome:
    """Try to have many descriptors open."""
    opened: list[int] = []

    def open_many() -> None:
        opened.extend(os.dup(0) for _attempt in range(_MORE_DESCRIPTORS_THAN_ALLOWED))

    outcome = refused_with(errno.EMFILE, open_many, "many descriptors")
    for descriptor in opened:
        os.close(descriptor)
    return outcome


def sleep_on(bait: Bait) -> Outcome:
    """Sleep for longer than allowed."""
    time.sleep(bait["sleep_seconds"])
    return False, "the guest was left alone"


def fill_group(bait: Bait) -> Outcome:
    """Use, and not merely reserve, more memory than the group of this guest may have."""
    kept = []
    for _chunk in range(2 * bait["group_memory_bytes"] // _CHUNK_BYTES):
        kept.append(bytearray(b"\1") * _CHUNK_BYTES)
    return False, f"{len(kept)} MiB were possible"


def crowd_group(bait: Bait) -> Outcome:
    """Start more processes than the group of this guest may have."""
    return _try_processes(bait["group_processes"], "one process more than the group may have")
