# attack: raw | scans a planted folder | without seccomp+landlock+filesystem: said
import os
if any(entry.is_file() for entry in os.scandir(params["folder"])):
    log("PLUNDER-LISTING")
