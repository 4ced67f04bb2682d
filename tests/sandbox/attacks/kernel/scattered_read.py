# attack: raw | reads into several places at once | without seccomp: said
import ctypes, os
number = {"x86_64": 19, "aarch64": 65}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, None, 0)
log("PLUNDER-KERNEL")
