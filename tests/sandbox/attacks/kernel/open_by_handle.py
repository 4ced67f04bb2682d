# attack: raw | makes system call 304, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(304, -1, None, 0) >= 0:
    log("PLUNDER-KERNEL")
