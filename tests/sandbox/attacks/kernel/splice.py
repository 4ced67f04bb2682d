# attack: raw | moves data between descriptors inside the kernel | without seccomp: said
import ctypes, os
number = {"x86_64": 275, "aarch64": 76}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, None, 1, None, ctypes.c_size_t(1), 0)
log("PLUNDER-KERNEL")
