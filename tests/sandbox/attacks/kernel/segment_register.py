# attack: raw x86-64 | points a segment register elsewhere | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(158, 0x1001, ctypes.c_void_p(0))
log("PLUNDER-KERNEL")
