# attack: raw | makes a descriptor to wait on | without seccomp: said
import ctypes, os
number = {"x86_64": 290, "aarch64": 19}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 0)
log("PLUNDER-KERNEL")
