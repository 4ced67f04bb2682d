# attack: raw | makes a set of descriptors to wait on | without seccomp: said
import ctypes, os
number = {"x86_64": 291, "aarch64": 20}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0)
log("PLUNDER-KERNEL")
