# attack: raw | makes a pipe | without seccomp: said
import ctypes, os
number = {"x86_64": 293, "aarch64": 59}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, ctypes.create_string_buffer(8), 0)
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
