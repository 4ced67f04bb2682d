# attack: raw | moves the borders of its own program | without seccomp: said
import ctypes, os
number = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 35, 1, ctypes.c_long(0x10000), 0, 0)
log("PLUNDER-KERNEL")
