# attack: raw | asks which answers a filter may give | without seccomp: said
import ctypes, os
number = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 2, 0, ctypes.byref(ctypes.c_uint(0x7FFF0000)))
log("PLUNDER-KERNEL")
