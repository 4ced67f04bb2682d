# attack: raw | chooses its processor | without seccomp: said
import ctypes, os
number = {"x86_64": 203, "aarch64": 122}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, 0, ctypes.c_size_t(8), ctypes.byref(ctypes.c_ulong(1)))
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
