# attack: raw | asks for memory it could run code from
import mmap
mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
log("PLUNDER-KERNEL")
