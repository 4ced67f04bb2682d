# attack: raw | reads a file's extended attributes | without seccomp+filesystem: said
import os
os.listxattr(params["secret"])
log("PLUNDER-FILE")
