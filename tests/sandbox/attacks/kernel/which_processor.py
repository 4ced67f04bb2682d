# attack: raw | asks which processor it runs on | without seccomp: said
import ctypes, os
number = {"x86_64": 309, "aarch64": 168}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.byref(ctypes.c_uint()), None, None)
log("PLUNDER-KERNEL")
