# attack: raw x86-64 | takes the right to some ports of the machine | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(173, 0x70, 2, 1)
log("PLUNDER-KERNEL")
