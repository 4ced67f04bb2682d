# attack: raw | raises a capability for programs it starts | without seccomp: said
import ctypes, os
number = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 47, 2, 21, 0, 0)
log("PLUNDER-KERNEL")
