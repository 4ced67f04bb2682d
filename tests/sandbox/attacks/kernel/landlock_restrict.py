# attack: raw | enters other Landlock rules | without seccomp: said
import ctypes, os
number = {"x86_64": 446, "aarch64": 446}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 4, 0)
log("PLUNDER-KERNEL")
