"""Becomes the program named on its command line, as a child that cannot outlive its parent.

Run as a script by :mod:`signalhub.embedded.processes`, with nothing but the standard library:
``launch.py PARENT_PID SIGNAL root|namespace|nobody PROGRAM ARGUMENT…``
"""

from __future__ import annotations

import ctypes
import os
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
UNPRIVILEGED_ID_IN_NAMESPACE = 1000
NOBODY = 65534
# What a shell says when a command could not be run; a namespace that is refused ends so too.
CANNOT_RUN = 126

libc = ctypes.CDLL(None, use_errno=True)


def enter_user_namespace() -> None:
    """Move this process into a user namespace where its own user has an ordinary number."""
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are refused")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{UNPRIVILEGED_ID_IN_NAMESPACE} {user} 1")
    _write("/proc/self/gid_map", f"{UNPRIVILEGED_ID_IN_NAMESPACE} {group} 1")


def become_nobody() -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def follow_parent(parent_pid: int, death_signal: int) -> None:
    """Have the kernel send ``death_signal`` to this process when its parent dies."""
    # After the change of identity: the kernel forgets this setting when credentials change.
    libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent_pid:
        raise SystemExit(f"the parent {parent_pid} is gone already")


def main(arguments: list[str]) -> None:
    """Change identity as asked and become the program."""
    parent_pid, death_signal, identity, *command = arguments
    try:
        if identity == "namespace":
            enter_user_namespace()
        elif identity == "nobody":
            become_nobody()
        follow_parent(int(parent_pid), int(death_signal))
        os.execvp(command[0], command)
    except OSError as problem:
        print(f"cannot run {command[0]}: {problem}", file=sys.stderr)
        raise SystemExit(CANNOT_RUN) from problem


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
