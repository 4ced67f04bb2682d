# attack: raw | prepares a file system the new way | without seccomp: said
import ctypes, os
number = {"x86_64": 430, "aarch64": 430}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"proc", 0)
log("PLUNDER-KERNEL")
