# attack: raw | stops sharing its table of descriptors | without seccomp: said
import ctypes, os
number = {"x86_64": 272, "aarch64": 97}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0x400)
log("PLUNDER-KERNEL")
