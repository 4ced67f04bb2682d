"""Attempts to be somebody else: another user, a privileged one, the host itself."""

import ctypes
import errno
import os
import resource

from execution.sandbox import lockdown
from execution.sandbox.probes.outcomes import Bait, Outcome, all_held, refused, refused_with

_STATX_MOUNT_ID = 0x1000
_STATX_BYTES = 256
_MOUNT_ID_OFFSET = 0x90
_CURRENT_FOLDER = -100


def try_to_become_root(_: Bait) -> Outcome:
    """Try to be root."""
    if 0 in os.getresuid() or 0 in os.getresgid():
        return False, "the guest is root"
    held, detail = refused(lambda: os.setuid(0), "becoming root")
    return held, f"user {os.getuid()}; {detail}"


def try_privileged_call(_: Bait) -> Outcome:
    """Try a call that needs a capability."""
    if lockdown.has_capabilities():
        return False, "the guest has capabilities"
    return refused(lambda: lockdown.system_call("sethostname", b"probe", 5), "renaming the host")


def look_for_new_privileges(_: Bait) -> Outcome:
    """Ask the kernel whether privileges can be gained."""
    return lockdown.has_no_new_privileges(), "no_new_privs as the kernel reports it"


def try_other_users(_: Bait) -> Outcome:
    """Try to name another user: in a user namespace of its own there is none."""
    # Outside of one the same call fails because it is not permitted, which proves nothing here.
    return refused_with(errno.EINVAL, lambda: os.setuid(1), "naming another user")


def look_at_mount(bait: Bait) -> Outcome:
    """Look whether the guest's root is a mount that the supervisor can see."""
    answer = ctypes.create_string_buffer(_STATX_BYTES)
    lockdown.system_call("statx", _CURRENT_FOLDER, b"/", 0, _STATX_MOUNT_ID, answer)
    mount = int.from_bytes(answer.raw[_MOUNT_ID_OFFSET : _MOUNT_ID_OFFSET + 8], "little")
    if mount in bait["mounts"]:
        return False, "the guest's root is the supervisor's"
    return True, f"the guest's root is mount {mount}, which the supervisor does not have"


def try_to_see_processes(_: Bait) -> Outcome:
    """Look whether the zygote is the first of its processes."""
    held = os.getppid() == 1
    return held, "the zygote is process 1" if held else "the guest shares its parents' processes"


def try_shared_memory(bait: Bait) -> Outcome:
    """Try to find memory that a process outside shares with everybody."""
    return refused(
        lambda: lockdown.system_call("shmget", bait["shared_memory_key"], 0, 0),
        "memory that a process outside shares",
    )


def look_at_host_name(bait: Bait) -> Outcome:
    """Look whether the guest knows its host's name."""
    name = os.uname().nodename
    if name == bait["host_name"]:
        return False, "the guest knows its host's name"
    return True, f"the guest's host is called {name}"


def try_core_dumps(_: Bait) -> Outcome:
    """Try to leave the memory behind when crashing."""
    if lockdown.can_be_inspected():
        return False, "the guest's memory may be dumped"

    def raise_limit() -> None:
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
        except ValueError as fault:
            raise PermissionError(errno.EPERM, str(fault)) from fault

    limited = resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
    return all_held(
        (limited, "no core dumps" if limited else "core dumps are allowed"),
        refused(raise_limit, "raising the limit"),
    )
