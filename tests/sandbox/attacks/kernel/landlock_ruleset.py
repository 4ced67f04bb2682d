# attack: raw | makes Landlock rules of its own | without seccomp: said
import ctypes, os
number = {"x86_64": 444, "aarch64": 444}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.byref(ctypes.c_uint64(1)), ctypes.c_size_t(8), 0)
log("PLUNDER-KERNEL")
