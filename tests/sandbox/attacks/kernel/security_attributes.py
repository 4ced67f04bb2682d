# attack: raw | asks what the security modules say | without seccomp: said
import ctypes, os
number = {"x86_64": 459, "aarch64": 459}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 100, None, ctypes.byref(ctypes.c_uint()), 0)
log("PLUNDER-KERNEL")
