"""How a process inside the jail gives up what it could still do.

Every function either succeeds or raises: a guest that could not lock itself down never sees a
script. Only the C library and the standard library are used, so that nothing has to be loaded late.
"""

import ctypes
import os
import resource
import struct

from execution.sandbox.system_calls import number_of

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

_PR_SET_PDEATHSIG = 1
_PR_GET_DUMPABLE = 3
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_GET_NO_NEW_PRIVS = 39
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_PR_SET_MDWE = 65
_PR_MDWE_REFUSE_EXEC_GAIN = 1
_CAPABILITY_VERSION_3 = 0x20080522
_SECCOMP_SET_MODE_FILTER = 1
_SIGKILL = 9

_CLONE_NEWUSER = 0x10000000
_LANDLOCK_CREATE_RULESET_VERSION = 1

# How many file rights each Landlock version knows; a right the kernel does not know is an error.
_LANDLOCK_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_LANDLOCK_FILE_RIGHTS_NEWEST = 16
LANDLOCK_FIRST_WITH_NETWORK = 4
LANDLOCK_FIRST_WITH_SCOPES = 6
_LANDLOCK_BIND_AND_CONNECT = 0b11
_LANDLOCK_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


def _checked(returned: int, what: str) -> int:
    if returned < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return returned


def system_call(name: str, *arguments: object) -> int:
    """Make a raw system call and return what it returned, raising OSError when it failed."""
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number_of(name)), *converted), name)


def _prctl(operation: int, first: int = 0, second: int = 0) -> int:
    zero = ctypes.c_ulong(0)
    arguments = (ctypes.c_ulong(first), ctypes.c_ulong(second), zero, zero)
    return _checked(_libc.prctl(operation, *arguments), f"prctl {operation}")


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent goes away."""
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def forbid_inspection() -> None:
    """Refuse to be traced or dumped by other processes of the same user."""
    _prctl(_PR_SET_DUMPABLE, 0)


def can_be_inspected() -> bool:
    """Return whether this process can be traced, or leave its memory behind when it crashes."""
    return _prctl(_PR_GET_DUMPABLE) != 0


def forbid_new_privileges() -> None:
    """Give up for good what a set-user-id program could grant."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def has_no_new_privileges() -> bool:
    """Return whether privileges can no longer be gained."""
    return _prctl(_PR_GET_NO_NEW_PRIVS) == 1


def forbid_memory_becoming_executable() -> bool:
    """Ask the kernel never to make writable memory executable; return False if it cannot."""
    try:
        _prctl(_PR_SET_MDWE, _PR_MDWE_REFUSE_EXEC_GAIN)
    except OSError:
        return False
    return True


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def drop_capabilities() -> None:
    """Give up every capability."""
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    _checked(_libc.capset(ctypes.byref(header), (ctypes.c_uint32 * 6)()), "capset")


def has_capabilities() -> bool:
    """Return whether this process has, or could take up again, any capability."""
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()
    _checked(_libc.capget(ctypes.byref(header), sets), "capget")
    # Two words of effective, permitted and inheritable each; inheritable alone gives nothing.
    return any(sets[word] for word in (0, 1, 3, 4))


def become_user(user_id: int, group_id: int) -> None:
    """Become an unprivileged user for good."""
    os.setgroups([])
    os.setresgid(group_id, group_id, group_id)
    os.setresuid(user_id, user_id, user_id)


def enter_user_namespace() -> None:
    """Move to a user namespace in which no user but this one has a name.

    Nothing is mapped, so that not even root of the machine can be asked for in it. The kernel
    grants all capabilities over the new namespace; they have to be dropped afterwards.
    """
    system_call("unshare", _CLONE_NEWUSER)


def landlock_version() -> int:
    """Return the version of Landlock this kernel offers; 0 when there is none."""
    try:
        return system_call("landlock_create_ruleset", None, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    except OSError:
        return 0


def create_landlock_ruleset(*, files: bool, network: bool, scope: bool) -> int | None:
    """Return a descriptor of a Landlock ruleset that allows nothing of what it is about.

    What this kernel's Landlock does not know yet is left out; None when nothing is left.
    """
    version = landlock_version()
    file_rights = _LANDLOCK_FILE_RIGHTS.get(version, _LANDLOCK_FILE_RIGHTS_NEWEST)
    handled = [(1 << file_rights) - 1 if files and version else 0]
    if version >= LANDLOCK_FIRST_WITH_NETWORK:
        handled.append(_LANDLOCK_BIND_AND_CONNECT if network else 0)
    if version >= LANDLOCK_FIRST_WITH_SCOPES:
        handled.append(_LANDLOCK_ABSTRACT_SOCKETS_AND_SIGNALS if scope else 0)
    if not any(handled):
        return None
    attributes = struct.pack(f"{len(handled)}Q", *handled)
    return system_call("landlock_create_ruleset", attributes, len(attributes), 0)


def enter_landlock(ruleset: int) -> None:
    """Restrict this process by a ruleset, for good."""
    system_call("landlock_restrict_self", ruleset, 0)


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


class SystemCallFilter:
    """A seccomp program, kept in memory so that installing it is a single system call."""

    def __init__(self, program: bytes) -> None:
        self._buffer = ctypes.create_string_buffer(program, len(program))
        self._program = _FilterProgram(len(program) // 8, ctypes.addressof(self._buffer))

    def install(self) -> None:
        """Restrict this process to the system calls the program allows, for good."""
        system_call("seccomp", _SECCOMP_SET_MODE_FILTER, 0, ctypes.byref(self._program))


def close_descriptors_above(last_kept: int) -> None:
    """Close every descriptor greater than one."""
    try:
        system_call("close_range", last_kept + 1, 0xFFFFFFFF, 0)
    except OSError:
        os.closerange(last_kept + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[1])


def _limit(what: int, value: int) -> None:
    resource.setrlimit(what, (value, value))


def limit_for_good() -> None:
    """Set to nothing what no guest needs and no probe asks about."""
    for what in (resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE, resource.RLIMIT_RTPRIO):
        _limit(what, 0)


def limit_core_dumps() -> None:
    """Have nothing of this process's memory left behind when it crashes."""
    _limit(resource.RLIMIT_CORE, 0)


def limit_file_size() -> None:
    """Forbid files with anything in them."""
    _limit(resource.RLIMIT_FSIZE, 0)


def limit_memory(address_space_bytes: int) -> None:
    """Limit how much address space this process may have in total."""
    _limit(resource.RLIMIT_AS, address_space_bytes)


def limit_cpu(seconds: int) -> None:
    """Have the kernel stop this process after so much CPU time, warned or not."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def limit_processes() -> None:
    """Forbid new processes and threads."""
    _limit(resource.RLIMIT_NPROC, 1)


def limit_descriptors(count: int) -> None:
    """Limit how many descriptors may be open."""
    _limit(resource.RLIMIT_NOFILE, count)
