# attack: raw | has system calls handled by itself | without seccomp: said
import ctypes, os
number = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 59, 0, 0, 0, 0)
log("PLUNDER-KERNEL")
