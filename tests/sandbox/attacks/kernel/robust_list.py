# attack: raw | reads another process's list of locks | without seccomp: said
import ctypes, os
number = {"x86_64": 274, "aarch64": 100}[os.uname().machine]
ctypes.CDLL(None).syscall(number, os.getppid(), ctypes.byref(ctypes.c_void_p()), ctypes.byref(ctypes.c_size_t()))
log("PLUNDER-KERNEL")
