# attack: raw | takes every capability back | without seccomp: said
import ctypes, os
header = (ctypes.c_uint * 2)(0x20080522, 0)
all_of_them = (ctypes.c_uint * 6)(*[0xFFFFFFFF] * 6)
number = {"x86_64": 126, "aarch64": 91}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.byref(header), all_of_them)
log("PLUNDER-KERNEL")
