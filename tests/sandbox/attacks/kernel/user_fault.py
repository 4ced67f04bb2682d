# attack: raw | handles page faults itself | without seccomp: said
import ctypes, os
number = {"x86_64": 323, "aarch64": 282}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 1)
log("PLUNDER-KERNEL")
