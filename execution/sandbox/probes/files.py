"""Attempts at files and at what else is open: the host's, a shared one, what was left open."""

import ctypes
import os
from functools import partial

from execution.sandbox.probes.outcomes import (
    PERMISSION,
    Bait,
    Outcome,
    all_held,
    refused,
    refused_with,
)

_DESCRIPTORS_LOOKED_AT = 1024


def try_outside_file(bait: Bait) -> Outcome:
    """Try to read a file of the host that everybody may read."""
    path = bait["outside_file"]
    return refused(lambda: os.close(os.open(path, os.O_RDONLY)), "reading a file outside")


def try_to_write(_: Bait) -> Outcome:
    """Try to create files in the folders that there are."""
    return all_held(
        *(
            refused(partial(_create_file, folder), f"writing to {folder}")
            for folder in ("/", "/tmp", "/dev", "/guest")
        )
    )


def try_shared_folders(bait: Bait) -> Outcome:
    """Try to leave something where another guest, or anybody, could pick it up."""
    for folder in bait["folders"]:
        held, _ = refused(partial(_create_file, folder), folder)
        if not held:
            return False, f"{folder} can be written to"
    return True, f"none of {len(bait['folders'])} folders can be written to"


def _create_file(folder: str) -> None:
    path = os.path.join(folder, f"probe-{os.getpid()}")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    os.unlink(path)


def try_files_past_landlock(_: Bait) -> Outcome:
    """Try a file and a folder that are there and may be read by everybody."""
    return all_held(
        refused_with(
            PERMISSION, lambda: os.close(os.open(os.__file__, os.O_RDONLY)), "opening a file"
        ),
        refused_with(PERMISSION, lambda: os.listdir("/"), "listing a folder"),
    )


def look_for_descriptors(bait: Bait) -> Outcome:
    """Look for open descriptors besides the one to the supervisor."""
    kept = {0, 1, 2, bait["descriptor"]}
    found = [
        number
        for number in range(_DESCRIPTORS_LOOKED_AT)
        if number not in kept and _is_open(number)
    ]
    return not found, f"open: {found}" if found else "nothing but the socket is open"


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def look_at_environment(bait: Bait) -> Outcome:
    """Look for the supervisor's variables."""
    # What the C library holds, not what Python copied.
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_char_p
    found = [name for name in bait["environment"] if libc.getenv(name.encode()) is not None]
    if found:
        return False, f"{found[0]} is visible"
    return True, "the supervisor's variables are not there"
