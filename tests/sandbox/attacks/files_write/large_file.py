# attack: raw | fills the disk | without seccomp+landlock+filesystem+file_size_limit: written
import os
file = os.open(params["folder"], os.O_WRONLY | os.O_TMPFILE)
if os.write(file, bytes(1 << 20)):
    open(params["written"], "w").close()
