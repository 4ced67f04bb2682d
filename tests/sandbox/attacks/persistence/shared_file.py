# attack: raw twice | leaves a note in a shared folder | without seccomp+landlock+read_only_filesystem: said
import os
note = "/tmp/" + params["mark"]
if os.path.exists(note):
    log("PLUNDER-PERSISTENCE")
open(note, "w").close()
