# attack: raw | makes every one of its user numbers root's | without seccomp: said
import ctypes, os
number = {"x86_64": 117, "aarch64": 147}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 0, 0)
log("PLUNDER-KERNEL")
