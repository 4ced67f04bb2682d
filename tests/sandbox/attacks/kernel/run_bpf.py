# attack: raw | makes system call 321, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(321, 0, None, 0) >= 0:
    log("PLUNDER-KERNEL")
