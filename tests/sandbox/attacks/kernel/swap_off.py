# attack: raw | ends swapping | without seccomp: said
import ctypes, os
number = {"x86_64": 168, "aarch64": 225}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"/swap")
log("PLUNDER-KERNEL")
