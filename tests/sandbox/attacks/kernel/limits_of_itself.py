# attack: raw | reads and sets limits in one call | without seccomp: said
import ctypes, os
number = {"x86_64": 302, "aarch64": 261}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, 0, 7, (ctypes.c_ulong * 2)(4, 4), None)
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
