# attack: raw | has the kernel write when the thread ends | without seccomp: said
import ctypes, os
number = {"x86_64": 218, "aarch64": 96}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.byref(ctypes.c_int()))
log("PLUNDER-KERNEL")
