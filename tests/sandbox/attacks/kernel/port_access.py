# attack: raw x86-64 | takes the right to every port of the machine | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(172, 3)
log("PLUNDER-KERNEL")
