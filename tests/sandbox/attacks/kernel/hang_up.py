# attack: raw | hangs up the terminal | without seccomp: said
import ctypes, os
number = {"x86_64": 153, "aarch64": 58}[os.uname().machine]
ctypes.CDLL(None).syscall(number)
log("PLUNDER-KERNEL")
