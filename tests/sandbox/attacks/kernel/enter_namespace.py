# attack: raw | enters the namespace of a descriptor | without seccomp: said
import ctypes, os
number = {"x86_64": 308, "aarch64": 268}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 0)
log("PLUNDER-KERNEL")
