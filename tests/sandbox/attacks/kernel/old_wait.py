# attack: raw x86-64 | waits on descriptors the old way | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(23, 0, None, None, None, ctypes.create_string_buffer(16))
log("PLUNDER-KERNEL")
