# attack: raw | creates files where anybody may
import os
for folder in (params["folder"], "/tmp", "/dev/shm", "/var/tmp", "."):
    try:
        os.close(os.open(folder + "/written", os.O_CREAT | os.O_WRONLY, 0o666))
        log("PLUNDER-WRITTEN", folder)
    except OSError as fault:
        log(type(fault).__name__)
