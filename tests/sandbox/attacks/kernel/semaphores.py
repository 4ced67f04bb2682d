# attack: raw | makes semaphores | without seccomp: said
import ctypes, os
number = {"x86_64": 64, "aarch64": 190}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 1, 0o1666)
log("PLUNDER-KERNEL")
