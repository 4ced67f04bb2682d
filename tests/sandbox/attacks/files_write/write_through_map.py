# attack: raw | writes a planted file through a map of it | without seccomp+landlock+filesystem: changed
import mmap, os
view = mmap.mmap(os.open(params["secret"], os.O_RDWR), 0)
view[0:1] = b"X"
