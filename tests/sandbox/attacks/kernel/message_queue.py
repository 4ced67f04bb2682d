# attack: raw | makes system call 68, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(68, 0, 0o1666) >= 0:
    log("PLUNDER-KERNEL")
