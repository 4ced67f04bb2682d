# attack: raw | removes a planted file relative to its folder | without seccomp+landlock+filesystem: changed
import os
folder = os.open(params["folder"], os.O_PATH)
os.unlink("secret.txt", dir_fd=folder)
