# attack: raw | asks the broker's socket what waits in it | without seccomp: said
import ctypes, os
number = {"x86_64": 16, "aarch64": 29}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, 3, 0x541B, ctypes.byref(ctypes.c_int()))
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
