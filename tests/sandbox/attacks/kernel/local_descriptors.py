# attack: raw x86-64 | changes its segment descriptors | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(154, 1, ctypes.create_string_buffer(16), 16)
log("PLUNDER-KERNEL")
