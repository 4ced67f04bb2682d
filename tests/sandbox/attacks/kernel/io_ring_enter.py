# attack: raw | submits work through a ring | without seccomp: said
import ctypes, os
number = {"x86_64": 426, "aarch64": 426}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 3, 1, 1, 1, None, 0)
log("PLUNDER-KERNEL")
