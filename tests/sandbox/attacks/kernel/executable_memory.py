# attack: raw | asks for memory it could run code from | without seccomp: said
import mmap
mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)
log("PLUNDER-KERNEL")
