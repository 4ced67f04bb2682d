# attack: raw | starts a process with the newest call | without seccomp: said
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
arguments = (ctypes.c_uint64 * 8)(0x10000000, 0, 0, 0, 17, 0, 0, 0)
process = libc.syscall(435, ctypes.byref(arguments), ctypes.c_size_t(64))
if process == 0:
    libc._exit(0)
# The filter says that there is no such call.
if ctypes.get_errno() != 38:
    log("PLUNDER-KERNEL")
