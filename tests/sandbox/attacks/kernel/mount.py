# attack: raw | makes system call 165, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(165, b'none', b'/tmp', b'tmpfs', 0, None) >= 0:
    log("PLUNDER-KERNEL")
