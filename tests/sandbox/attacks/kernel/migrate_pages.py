# attack: raw | moves another process's memory | without seccomp: said
import ctypes, os
number = {"x86_64": 256, "aarch64": 238}[os.uname().machine]
ctypes.CDLL(None).syscall(number, os.getppid(), ctypes.c_ulong(0), None, None)
log("PLUNDER-KERNEL")
