# attack: raw | looks which of its pages are in memory | without seccomp: said
import ctypes, os
number = {"x86_64": 27, "aarch64": 232}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
returned = libc.syscall(number, ctypes.c_void_p(id(os) & ~4095), ctypes.c_size_t(4096), ctypes.create_string_buffer(1))
# The filter's answer is always EPERM; any other is the kernel's.
if returned >= 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
