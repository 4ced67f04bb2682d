# attack: raw | lists the root folder | without seccomp+landlock: said
import os
if os.listdir("/"):
    log("PLUNDER-LISTING")
