# attack: raw | sends a file through the kernel | without seccomp: said
import ctypes, os
number = {"x86_64": 40, "aarch64": 71}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 3, 0, None, ctypes.c_size_t(1))
log("PLUNDER-KERNEL")
