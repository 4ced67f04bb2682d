# attack: raw | reads a planted file by a descriptor | without seccomp+landlock+filesystem: said
import os
log(os.read(os.open(params["secret"], os.O_RDONLY), 100).decode())
