"""The numbers of the system calls that are made without the C library, one table for all machines.

Nothing else in the sandbox knows a number; a test compares the table with libseccomp's.
"""

import platform

NUMBERS: dict[str, dict[str, int]] = {
    "x86_64": {
        "close_range": 436,
        "landlock_create_ruleset": 444,
        "landlock_restrict_self": 446,
        "mmap": 9,
        "seccomp": 317,
        "sethostname": 170,
        "shmget": 29,
        "socket": 41,
        "statx": 332,
        "unshare": 272,
    },
    "aarch64": {
        "close_range": 436,
        "landlock_create_ruleset": 444,
        "landlock_restrict_self": 446,
        "mmap": 222,
        "seccomp": 277,
        "sethostname": 161,
        "shmget": 194,
        "socket": 198,
        "statx": 291,
        "unshare": 97,
    },
}


def number_of(name: str) -> int:
    """Return a system call's number on this machine.

    Raises
    ------
    OSError
        The sandbox does not know this architecture.
    """
    machine = platform.machine()
    if machine not in NUMBERS:
        known = " and ".join(NUMBERS)
        raise OSError(f"the sandbox knows the system calls of {known}, not of {machine}")
    return NUMBERS[machine][name]
