# attack: raw | asks where its memory is | without seccomp: said
import ctypes, os
number = {"x86_64": 239, "aarch64": 236}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, ctypes.byref(ctypes.c_int()), None, ctypes.c_ulong(0), None, 0)
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
