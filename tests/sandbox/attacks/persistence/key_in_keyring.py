# attack: raw twice | leaves a key in its user's keyring
import ctypes, os
request, add = {"x86_64": (249, 248), "aarch64": (218, 217)}[os.uname().machine]
libc = ctypes.CDLL(None)
if libc.syscall(request, b"user", params["mark"].encode(), None, 0) >= 0:
    log("PLUNDER-PERSISTENCE")
libc.syscall(add, b"user", params["mark"].encode(), b"x", ctypes.c_size_t(1), -4)
