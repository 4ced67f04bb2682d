# attack: raw | makes system call 323, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(323, 0) >= 0:
    log("PLUNDER-KERNEL")
