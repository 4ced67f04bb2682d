# attack: raw | finds out whether a file exists without opening it | without seccomp+filesystem: said
import os
if os.stat(params["secret"]).st_size:
    log("PLUNDER-FILE")
