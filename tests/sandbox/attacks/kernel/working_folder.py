# attack: raw | asks where it is | without seccomp: said
import ctypes, os
number = {"x86_64": 79, "aarch64": 17}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, ctypes.create_string_buffer(4096), ctypes.c_size_t(4096))
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
