# attack: raw | makes system call 298, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(298, None, 0, -1, -1, 0) >= 0:
    log("PLUNDER-KERNEL")
