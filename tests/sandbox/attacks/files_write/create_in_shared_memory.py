# attack: raw | creates a file in shared memory | without seccomp+landlock+filesystem: written
import os
os.close(os.open("/dev/shm/" + params["mark"], os.O_CREAT | os.O_RDWR, 0o666))
