# attack: raw | makes system call 1073741863, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(1073741863) >= 0:
    log("PLUNDER-KERNEL")
