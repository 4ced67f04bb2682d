# attack: raw | keeps its memory from being swapped | without seccomp: said
import ctypes, os
number = {"x86_64": 151, "aarch64": 230}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 3)
log("PLUNDER-KERNEL")
