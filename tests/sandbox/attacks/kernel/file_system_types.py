# attack: raw x86-64 | asks which file systems the kernel knows | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(139, 3)
log("PLUNDER-KERNEL")
