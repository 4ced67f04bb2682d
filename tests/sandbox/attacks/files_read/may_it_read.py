# attack: raw | asks whether it may read a file | without seccomp+filesystem: said
import os
if os.access(params["secret"], os.R_OK):
    log("PLUNDER-FILE")
