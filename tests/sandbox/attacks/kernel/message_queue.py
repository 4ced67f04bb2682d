# attack: raw | makes a message queue | without seccomp: said
import ctypes, os
number = {"x86_64": 68, "aarch64": 186}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 0o1666)
log("PLUNDER-KERNEL")
