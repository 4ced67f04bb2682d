# attack: raw | makes system call 317, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(317, 0, 0, None) >= 0:
    log("PLUNDER-KERNEL")
