"""Which system calls a guest may make, as a program for the kernel.

The program is generated in the supervisor, by libseccomp, and handed to the jail as bytes: nothing
inside the jail needs the library. What is not listed here kills the process with SIGSYS, which
only somebody who has left the Python language can meet.
"""

import errno
import functools
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


def _add_rules(rules: Any, library: Any) -> None:
    for name in ALLOWED:
        _add_rule_if_known(rules, library, library.ALLOW, name)
    for name in REFUSED:
        _add_rule_if_known(rules, library, library.ERRNO(errno.EPERM), name)
    # ENOSYS makes the C library fall back to clone, which is refused.
    rules.add_rule(library.ERRNO(errno.ENOSYS), "clone3")
    for name in ("mmap", "mprotect"):
        rules.add_rule(library.ALLOW, name, library.Arg(2, library.MASKED_EQ, _PROTECT_EXECUTE, 0))


def _add_rule_if_known(rules: Any, library: Any, action: Any, name: str) -> None:
    # A name is unknown where the architecture does not have the call: `open` on aarch64, say.
    if library.resolve_syscall(library.Arch.NATIVE, name) >= 0:
        rules.add_rule(action, name)


@functools.cache
def system_call_program() -> bytes:
    """Return the BPF program of the guest's filter.

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
    _add_rules(rules, library)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
