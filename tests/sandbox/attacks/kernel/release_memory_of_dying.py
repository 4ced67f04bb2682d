# attack: raw | frees the memory of a dying process | without seccomp: said
import ctypes, os
number = {"x86_64": 448, "aarch64": 448}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 3, 0)
log("PLUNDER-KERNEL")
