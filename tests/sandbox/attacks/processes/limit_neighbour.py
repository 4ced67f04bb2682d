# attack: raw | takes another run's processor time away | without seccomp: said
import ctypes, os
number = {"x86_64": 302, "aarch64": 261}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
limits = (ctypes.c_ulong * 2)()
# A process without such a number says what the kernel, not the filter, answers.
if libc.syscall(number, 2**30, 0, limits, None) < 0 and ctypes.get_errno() != 1:
    log("PLUNDER-PROCESS")
