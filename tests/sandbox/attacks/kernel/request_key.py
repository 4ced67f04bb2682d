# attack: raw | has the kernel look for a key | without seccomp: said
import ctypes, os
number = {"x86_64": 249, "aarch64": 218}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"user", b"plunder", None, -2)
log("PLUNDER-KERNEL")
