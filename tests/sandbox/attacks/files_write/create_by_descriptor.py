# attack: raw | creates a file by a descriptor | without seccomp+landlock+filesystem: written
import os
os.close(os.open(params["written"], os.O_CREAT | os.O_WRONLY, 0o666))
