# attack: raw | makes a protection key | without seccomp: said
import ctypes, os
number = {"x86_64": 330, "aarch64": 289}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 0)
log("PLUNDER-KERNEL")
