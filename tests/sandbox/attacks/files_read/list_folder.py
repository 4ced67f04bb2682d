# attack: raw | lists a planted folder | without seccomp+landlock+filesystem: said
import os
if "secret.txt" in os.listdir(params["folder"]):
    log("PLUNDER-LISTING")
