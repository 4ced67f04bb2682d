# attack: raw x86-64 | makes a segment for a thread | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(205, ctypes.create_string_buffer(16))
log("PLUNDER-KERNEL")
