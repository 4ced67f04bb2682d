# attack: raw | puts a key on a page | without seccomp: said
import ctypes, os
number = {"x86_64": 329, "aarch64": 288}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.c_void_p(id(os) & ~4095), ctypes.c_size_t(4096), 3, -1)
log("PLUNDER-KERNEL")
