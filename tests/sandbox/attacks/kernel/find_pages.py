# attack: raw | finds out where pages of memory lie | without seccomp: said
import ctypes, os
number = {"x86_64": 279, "aarch64": 239}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, ctypes.c_ulong(1), ctypes.byref(ctypes.c_void_p(id(os))), None, ctypes.byref(ctypes.c_int()), 0)
log("PLUNDER-KERNEL")
