# attack: raw | changes quotas of an open file's disk | without seccomp: said
import ctypes, os
number = {"x86_64": 443, "aarch64": 443}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 0x80000200, 0, None)
log("PLUNDER-KERNEL")
