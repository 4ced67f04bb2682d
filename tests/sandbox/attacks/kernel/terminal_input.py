# attack: raw | types into a terminal | without seccomp: said
import ctypes, os
number = {"x86_64": 16, "aarch64": 29}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, 0, 0x5412, b"x")
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
