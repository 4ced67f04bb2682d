# attack: raw | makes system call 253, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(253) >= 0:
    log("PLUNDER-KERNEL")
