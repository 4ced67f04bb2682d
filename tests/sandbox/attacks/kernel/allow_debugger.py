# attack: raw | allows everybody to debug it | without seccomp: said
import ctypes, os
number = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0x59616D61, ctypes.c_long(-1), 0, 0, 0)
log("PLUNDER-KERNEL")
