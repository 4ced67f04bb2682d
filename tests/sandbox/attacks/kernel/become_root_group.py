# attack: raw | joins root's group | without seccomp: said
import ctypes, os
number = {"x86_64": 106, "aarch64": 144}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0)
log("PLUNDER-KERNEL")
