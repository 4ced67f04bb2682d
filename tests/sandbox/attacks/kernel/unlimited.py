# attack: raw | takes the processor time that is left between warning and end | without seccomp: said
import ctypes, os
number = {"x86_64": 160, "aarch64": 164}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, 0, (ctypes.c_ulong * 2)(2, 2))
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
