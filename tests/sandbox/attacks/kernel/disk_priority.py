# attack: raw | reads before everybody else | without seccomp: said
import ctypes, os
number = {"x86_64": 251, "aarch64": 30}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 1, 0, 1 << 13)
log("PLUNDER-KERNEL")
