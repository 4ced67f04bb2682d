# attack: raw x86-64 | runs machine code of its own | without seccomp+write_xor_execute: said
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\xb8\x2a\x00\x00\x00\xc3")
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
if ctypes.CFUNCTYPE(ctypes.c_int)(address)() == 42:
    log("PLUNDER-KERNEL")
