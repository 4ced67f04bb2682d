# attack: raw | copies data between pipes inside the kernel | without seccomp: said
import ctypes, os
number = {"x86_64": 276, "aarch64": 77}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 1, ctypes.c_size_t(1), 0)
log("PLUNDER-KERNEL")
