# attack: raw x86-64 | hides features of the processor | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(158, 0x1012, 1)
log("PLUNDER-KERNEL")
