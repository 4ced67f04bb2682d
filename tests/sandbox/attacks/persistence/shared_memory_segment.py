# attack: raw twice | leaves a note in shared memory | without seccomp: said
import ctypes, os
get = {"x86_64": 29, "aarch64": 194}[os.uname().machine]
libc = ctypes.CDLL(None)
if libc.syscall(get, 0x706C, ctypes.c_size_t(4096), 0o666) >= 0:
    log("PLUNDER-PERSISTENCE")
libc.syscall(get, 0x706C, ctypes.c_size_t(4096), 0o1666)
