# attack: raw | adds a key | without seccomp: said
import ctypes, os
number = {"x86_64": 248, "aarch64": 217}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"user", b"plunder", b"x", ctypes.c_size_t(1), -2)
log("PLUNDER-KERNEL")
