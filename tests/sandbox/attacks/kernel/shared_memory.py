# attack: raw | makes shared memory | without seccomp: said
import ctypes, os
number = {"x86_64": 29, "aarch64": 194}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, ctypes.c_size_t(4096), 0o1777)
log("PLUNDER-KERNEL")
