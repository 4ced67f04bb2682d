# attack: raw x86-64 | loads a library the oldest way | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(134, b"/lib/libc.so.6")
log("PLUNDER-KERNEL")
