# attack: raw | makes a shadow stack | without seccomp: said
import ctypes, os
number = {"x86_64": 453, "aarch64": 453}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.c_ulong(0), ctypes.c_ulong(4096), 1)
log("PLUNDER-KERNEL")
