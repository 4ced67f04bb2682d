# attack: raw | makes a system call with a number below zero | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(ctypes.c_long(-2))
log("PLUNDER-KERNEL")
