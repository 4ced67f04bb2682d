# attack: raw | makes a timer that sends a signal | without seccomp: said
import ctypes, os
number = {"x86_64": 222, "aarch64": 107}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, None, ctypes.byref(ctypes.c_int()))
log("PLUNDER-PROCESS")
