# attack: raw | sets up asynchronous input and output | without seccomp: said
import ctypes, os
number = {"x86_64": 206, "aarch64": 0}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 8, ctypes.byref(ctypes.c_ulong(0)))
log("PLUNDER-KERNEL")
