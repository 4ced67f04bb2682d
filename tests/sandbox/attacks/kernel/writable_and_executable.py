# attack: raw | asks for memory it could write code to and run it | without seccomp+write_xor_execute: said
import mmap
mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
log("PLUNDER-KERNEL")
