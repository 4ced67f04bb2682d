# attack: raw | leaves for a process namespace | without seccomp: said
import ctypes, os
number = {"x86_64": 272, "aarch64": 97}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0x20000000)
log("PLUNDER-KERNEL")
