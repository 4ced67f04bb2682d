# attack: raw | makes system call 272, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(272, 0x10000000) >= 0:
    log("PLUNDER-KERNEL")
