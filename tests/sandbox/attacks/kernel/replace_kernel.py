# attack: raw | replaces the running kernel | without seccomp: said
import ctypes, os
number = {"x86_64": 246, "aarch64": 104}[os.uname().machine]
ctypes.CDLL(None).syscall(number, None, 0, None, 0)
log("PLUNDER-KERNEL")
