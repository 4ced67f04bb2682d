# attack: raw | seals memory | without seccomp: said
import ctypes, os
number = {"x86_64": 462, "aarch64": 462}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.c_void_p(0), ctypes.c_size_t(0), 0)
log("PLUNDER-KERNEL")
