# attack: raw | makes a named pipe | without seccomp+landlock+filesystem: written
import os
os.mkfifo(params["written"])
