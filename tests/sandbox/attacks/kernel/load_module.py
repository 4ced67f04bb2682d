# attack: raw | makes system call 175, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(175, None, 0, b'') >= 0:
    log("PLUNDER-KERNEL")
