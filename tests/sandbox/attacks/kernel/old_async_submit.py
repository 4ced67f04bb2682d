# attack: raw | submits asynchronous input and output | without seccomp: said
import ctypes, os
number = {"x86_64": 209, "aarch64": 2}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.c_ulong(0), 1, ctypes.byref(ctypes.c_void_p(0)))
log("PLUNDER-KERNEL")
