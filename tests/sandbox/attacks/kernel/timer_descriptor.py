# attack: raw | makes a timer that is a descriptor | without seccomp: said
import ctypes, os
number = {"x86_64": 283, "aarch64": 85}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 1, 0)
log("PLUNDER-KERNEL")
