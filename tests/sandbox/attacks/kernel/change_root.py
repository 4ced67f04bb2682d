# attack: raw | makes system call 161, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(161, b'/') >= 0:
    log("PLUNDER-KERNEL")
