# attack: raw | leaves for a network namespace | without seccomp: said
import ctypes, os
number = {"x86_64": 272, "aarch64": 97}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0x40000000)
log("PLUNDER-KERNEL")
