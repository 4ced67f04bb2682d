# attack: raw | asks which security modules there are | without seccomp: said
import ctypes, os
number = {"x86_64": 461, "aarch64": 461}[os.uname().machine]
ctypes.CDLL(None).syscall(number, None, ctypes.byref(ctypes.c_uint()), 0)
log("PLUNDER-KERNEL")
