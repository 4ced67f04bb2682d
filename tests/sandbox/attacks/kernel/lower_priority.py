# attack: raw | changes its own priority | without seccomp: said
import ctypes, os
number = {"x86_64": 141, "aarch64": 140}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, 0, 0, 19)
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
