"""Which system calls a guest may make, as a program for the kernel.

The program is generated in the supervisor, by libseccomp, and handed to the jail as bytes: nothing
inside the jail needs the library. What is not listed here kills the process with SIGSYS, which
only somebody who has left the Python language can meet.
"""

import errno
import functools
import platform
import tempfile
from typing import Any

# What computing, waiting, allocating and talking to the supervisor need.
ALLOWED = """
    read write close
    brk munmap mremap madvise
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack
    clock_gettime clock_getres gettimeofday time clock_nanosleep nanosleep
    getpid gettid getppid getuid geteuid getgid getegid
    getrandom getrusage times sched_yield sched_getaffinity sysinfo uname
    futex restart_syscall poll ppoll set_robust_list rseq membarrier
    exit exit_group
""".split()

# What libraries try in passing and can do without: they get EPERM and carry on. `tgkill` is how
# the C library aborts; refused, it falls back to an illegal instruction, which is a crash.
REFUSED = """
    open openat openat2 access faccessat faccessat2 creat
    stat lstat fstat newfstatat statx statfs fstatfs readlink readlinkat
    getdents getdents64 getcwd lseek fcntl ioctl dup dup2 dup3 pipe pipe2
    mkdir mkdirat unlink unlinkat rmdir
    prlimit64 getrlimit setrlimit
    clone tgkill mincore mlock mlock2 munlock sched_getparam sched_getscheduler
    sched_setaffinity getpriority setpriority get_mempolicy
""".split()

_PROTECT_EXECUTE = 4


# The names libseccomp has for the architectures that Python names.
_LIBRARY_NAMES = {"x86_64": "X86_64", "aarch64": "AARCH64"}


def _add_rules(rules: Any, library: Any, architecture: Any, *, forbid_execute: bool) -> None:
    actions = dict.fromkeys(ALLOWED, library.ALLOW)
    actions |= dict.fromkeys(REFUSED, library.ERRNO(errno.EPERM))
    # ENOSYS makes the C library fall back to clone, which is refused.
    actions["clone3"] = library.ERRNO(errno.ENOSYS)
    for name, action in actions.items():
        # A name is unknown where the architecture does not have the call: `open` on aarch64, say.
        if library.resolve_syscall(architecture, name) >= 0:
            rules.add_rule(action, name)
    not_executable = library.Arg(2, library.MASKED_EQ, _PROTECT_EXECUTE, 0)
    for name in ("mmap", "mprotect"):
        rules.add_rule(library.ALLOW, name, *([not_executable] if forbid_execute else []))


@functools.cache
def system_call_program(
    machine: str = platform.machine(), *, forbid_executable_memory: bool = True
) -> bytes:
    """Return the BPF program of the guest's filter for an architecture, this machine's or another.

    Raises
    ------
    ImportError
        libseccomp is not installed.
    """
    # Imported here because the import itself fails where the C library is missing.
    import pyseccomp as library

    rules = library.SyscallFilter(library.KILL_PROCESS)
    rules.set_attr(library.Attr.ACT_BADARCH, library.KILL_PROCESS)
    rules.set_attr(library.Attr.CTL_OPTIMIZE, 2)
    architecture = getattr(library.Arch, _LIBRARY_NAMES[machine])
    if not rules.exist_arch(architecture):
        rules.remove_arch(library.Arch.NATIVE)
        rules.add_arch(architecture)
    _add_rules(rules, library, architecture, forbid_execute=forbid_executable_memory)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
