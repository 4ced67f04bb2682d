# attack: raw | makes system call 135, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(135, 0x0040000) >= 0:
    log("PLUNDER-KERNEL")
