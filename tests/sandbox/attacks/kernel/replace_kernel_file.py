# attack: raw | replaces the running kernel by a file | without seccomp: said
import ctypes, os
number = {"x86_64": 320, "aarch64": 294}[os.uname().machine]
ctypes.CDLL(None).syscall(number, -1, -1, 0, None, 0)
log("PLUNDER-KERNEL")
