# attack: raw | picks a mounted file system | without seccomp: said
import ctypes, os
number = {"x86_64": 433, "aarch64": 433}[os.uname().machine]
ctypes.CDLL(None).syscall(number, -100, b"/", 0)
log("PLUNDER-KERNEL")
