# attack: raw | opens a planted file relative to a folder it holds | without seccomp+landlock+filesystem: said
import os
folder = os.open(params["folder"], os.O_PATH)
log(os.read(os.open("secret.txt", os.O_RDONLY, dir_fd=folder), 100).decode())
