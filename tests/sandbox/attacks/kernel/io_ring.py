# attack: raw | makes system call 425, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(425, 8, ctypes.create_string_buffer(120)) >= 0:
    log("PLUNDER-KERNEL")
