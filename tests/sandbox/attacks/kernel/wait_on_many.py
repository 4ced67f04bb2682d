# attack: raw | waits on many locks at once | without seccomp: said
import ctypes, os
number = {"x86_64": 449, "aarch64": 449}[os.uname().machine]
ctypes.CDLL(None).syscall(number, None, 0, 0, None, 0)
log("PLUNDER-KERNEL")
