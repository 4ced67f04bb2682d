# attack: raw | writes from several places at once | without seccomp: said
import ctypes, os
number = {"x86_64": 20, "aarch64": 66}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 1, None, 0)
log("PLUNDER-KERNEL")
