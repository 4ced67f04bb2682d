# attack: raw x86-64 | makes a system call by the numbers of x32 | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(0x40000000 + 39)
log("PLUNDER-KERNEL")
