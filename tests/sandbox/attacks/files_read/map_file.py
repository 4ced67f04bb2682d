# attack: raw | maps a planted file into memory | without seccomp+landlock+filesystem: said
import mmap, os
file = os.open(params["secret"], os.O_RDONLY)
log(mmap.mmap(file, 0, prot=mmap.PROT_READ)[:].decode())
