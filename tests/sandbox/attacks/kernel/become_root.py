# attack: raw | becomes root | without seccomp: said
import ctypes, os
number = {"x86_64": 105, "aarch64": 146}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0)
log("PLUNDER-KERNEL")
