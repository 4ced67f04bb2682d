# attack: raw | watches files | without seccomp: said
import ctypes, os
number = {"x86_64": 294, "aarch64": 26}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0)
log("PLUNDER-KERNEL")
