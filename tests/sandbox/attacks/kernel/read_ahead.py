# attack: raw | has the kernel read a file early | without seccomp: said
import ctypes, os
number = {"x86_64": 187, "aarch64": 213}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, ctypes.c_long(0), ctypes.c_size_t(4096))
log("PLUNDER-KERNEL")
