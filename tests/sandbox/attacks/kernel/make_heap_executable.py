# attack: raw | makes its own heap executable | without seccomp+write_xor_execute: said
import ctypes
buffer = ctypes.create_string_buffer(8192)
page = (ctypes.addressof(buffer) + 4095) & ~4095
if ctypes.CDLL(None).mprotect(ctypes.c_void_p(page), 4096, 7) == 0:
    log("PLUNDER-KERNEL")
