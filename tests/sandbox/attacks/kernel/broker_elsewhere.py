# attack: raw | puts the broker's socket in another's place | without seccomp: said
import ctypes, os
number = {"x86_64": 292, "aarch64": 24}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, 3, 1, 0)
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
