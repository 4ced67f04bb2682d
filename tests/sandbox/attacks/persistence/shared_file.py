# attack: raw twice | leaves a note in a shared folder
import os
for folder in ("/tmp", "/dev/shm", "/var/tmp"):
    try:
        if os.path.exists(folder + "/note"):
            log("PLUNDER-PERSISTENCE")
        open(folder + "/note", "w").close()
    except OSError:
        pass
