# attack: raw | renames the machine | without seccomp: said
import ctypes, os
number = {"x86_64": 170, "aarch64": 161}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"plundered", 9)
log("PLUNDER-KERNEL")
