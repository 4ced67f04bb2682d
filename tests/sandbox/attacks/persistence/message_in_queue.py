# attack: raw twice | leaves a message for the next run | without seccomp: said
import ctypes, os
get = {"x86_64": 68, "aarch64": 186}[os.uname().machine]
libc = ctypes.CDLL(None)
if libc.syscall(get, 0x706D, 0o666) >= 0:
    log("PLUNDER-PERSISTENCE")
libc.syscall(get, 0x706D, 0o1666)
