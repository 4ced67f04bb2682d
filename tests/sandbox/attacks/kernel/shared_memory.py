# attack: raw | makes system call 29, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(29, 0, 4096, 0o1777) >= 0:
    log("PLUNDER-KERNEL")
