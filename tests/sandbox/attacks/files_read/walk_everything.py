# attack: raw | walks through the whole machine | without seccomp+landlock+filesystem: said
import os
for _top, folders, files in os.walk("/etc"):
    if folders or files:
        log("PLUNDER-LISTING")
        break
