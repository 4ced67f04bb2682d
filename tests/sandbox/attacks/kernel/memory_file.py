# attack: raw | makes a file of memory | without seccomp: said
import ctypes, os
number = {"x86_64": 319, "aarch64": 279}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"plunder", 0)
log("PLUNDER-KERNEL")
