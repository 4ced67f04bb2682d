# attack: raw x86-64 | writes machine code first and makes it executable afterwards | without seccomp+write_xor_execute: said
import ctypes, mmap
page = mmap.mmap(-1, 4096)
page.write(b"\xb8\x2a\x00\x00\x00\xc3")
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
if ctypes.CDLL(None).mprotect(ctypes.c_void_p(address), 4096, 5) == 0:
    if ctypes.CFUNCTYPE(ctypes.c_int)(address)() == 42:
        log("PLUNDER-KERNEL")
