# attack: raw | shuffles the pages of a mapping | without seccomp: said
import ctypes, os
number = {"x86_64": 216, "aarch64": 234}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.c_void_p(0), ctypes.c_size_t(4096), 0, 0, 0)
log("PLUNDER-KERNEL")
