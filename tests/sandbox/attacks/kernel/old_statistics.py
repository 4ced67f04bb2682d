# attack: raw x86-64 | asks about a disk by its number | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(136, 0x801, ctypes.create_string_buffer(64))
log("PLUNDER-KERNEL")
