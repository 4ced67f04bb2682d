# attack: raw | chooses where its memory comes from | without seccomp: said
import ctypes, os
number = {"x86_64": 238, "aarch64": 237}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, None, ctypes.c_ulong(0))
log("PLUNDER-KERNEL")
