# attack: raw | flushes part of a file | without seccomp: said
import ctypes, os
number = {"x86_64": 277, "aarch64": 84}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, ctypes.c_long(0), ctypes.c_long(1), 0)
log("PLUNDER-KERNEL")
