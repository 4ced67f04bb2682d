# attack: raw | runs before everybody else | without seccomp: said
import ctypes, os
number = {"x86_64": 144, "aarch64": 119}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 1, ctypes.byref(ctypes.c_int(50)))
log("PLUNDER-KERNEL")
