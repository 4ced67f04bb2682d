# attack: raw | enters the kernel the 32-bit way
import ctypes, mmap
code = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
log("PLUNDER-KERNEL")
