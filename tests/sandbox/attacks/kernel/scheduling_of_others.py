# attack: raw | asks how another process is scheduled | without seccomp: said
import ctypes, os
number = {"x86_64": 145, "aarch64": 120}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, os.getppid())
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
