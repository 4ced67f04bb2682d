# attack: raw | makes system call 160, which no script needs
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(160, 9, ctypes.create_string_buffer(b'\xff' * 16)) >= 0:
    log("PLUNDER-KERNEL")
