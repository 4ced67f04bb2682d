# attack: raw | takes a copy of the mounts | without seccomp: said
import ctypes, os
number = {"x86_64": 428, "aarch64": 428}[os.uname().machine]
ctypes.CDLL(None).syscall(number, -100, b"/", 1)
log("PLUNDER-KERNEL")
