# attack: raw | makes system call 250, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(250, 0, -3, 1) >= 0:
    log("PLUNDER-KERNEL")
